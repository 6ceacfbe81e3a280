import { Arg, ID, Query, Resolver } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import { SelectedParts } from '../graphql/selection.js'
import type { Parts } from '../snapshot/parts.js'
import type { Nodes } from './node.service.js'
import { Node } from './node.types.js'

@Resolver()
export class NodeResolver {
  readonly #nodes: Nodes

  constructor(nodes: Nodes) {
    this.#nodes = nodes
  }

  @Query(() => Node, {
    nullable: true,
    description: "What of the member's bears this id, of whatever type; null where there is no such thing.",
  })
  node(
    @MemberId() memberId: string,
    @Arg('id', () => ID, { description: 'The id of any Node.' }) id: string,
    @SelectedParts() parts: Parts,
  ) {
    return this.#nodes.find(memberId, id, parts)
  }
}

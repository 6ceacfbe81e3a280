import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Info, Query, Resolver } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import { SyncToken } from '../graphql/scalars.js'
import { SelectedParts, selects } from '../graphql/selection.js'
import { parse } from '../input.js'
import type { Parts } from '../snapshot/parts.js'
import { sinceRule } from './sync.input.js'
import type { Sync } from './sync.service.js'
import { Changes } from './sync.types.js'

@Resolver()
export class SyncResolver {
  readonly #sync: Sync

  constructor(sync: Sync) {
    this.#sync = sync
  }

  @Query(() => Changes, {
    description: `What has changed of the member's since a token: whole objects as they are now, each once, and the ids of what is gone.
Without a token, or with one that is too old (29 days), fullSync is true and everything is there. Applying it twice is applying it once.`,
  })
  changes(
    @MemberId() memberId: string,
    @Arg('since', () => SyncToken, { nullable: true, description: 'The token of the last changes.' }) since: string | null | undefined,
    @SelectedParts() parts: Parts,
    @Info() info: GraphQLResolveInfo,
  ) {
    const withChecklists = selects(info, 'Changes.checklists')
    return this.#sync.changes(memberId, parse(sinceRule, since, 'since'), parts, { withChecklists })
  }
}

import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Field, ID, Info, InputType, Mutation, Resolver } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import { OperationId } from '../graphql/operation-id.js'
import { selectedParts } from '../graphql/selection.js'
import { parse } from '../input.js'
import type { ChangedList } from './changed-list.js'
import type { Duplicates } from './duplicates.service.js'
import { duplicateRule } from './scenario.input.js'
import { ScenarioPayload } from './scenario.types.js'

@InputType({ description: 'Which scenario is to be copied.' })
export class DuplicateScenarioInput {
  @OperationId()
  operationId?: string | null

  @Field(() => ID, { description: 'Which scenario.' })
  id!: string

  @Field(() => ID, {
    nullable: true,
    description: "The copy's id: a UUID made by the client, so that a retry is safe. The server makes one where it is left out.",
  })
  newId?: string | null
}

@Resolver()
export class DuplicateResolver {
  readonly #duplicates: Duplicates

  constructor(duplicates: Duplicates) {
    this.#duplicates = duplicates
  }

  @Mutation(() => ScenarioPayload, {
    nullable: true,
    description: `Makes a copy at the top of the list: its fields, its template, its notification (inactive), not its history.
Repeating it with the same newId gives the same copy.`,
  })
  duplicateScenario(
    @MemberId() memberId: string,
    @Arg('input', () => DuplicateScenarioInput) input: DuplicateScenarioInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ChangedList> {
    return this.#duplicates.make(memberId, parse(duplicateRule, input), selectedParts(info))
  }
}

import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Info, Resolver } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import { NullableMutation } from '../graphql/mutation.js'
import { selectedParts } from '../graphql/selection.js'
import { parse } from '../input.js'
import type { ChangedList } from './changed-list.js'
import { DuplicateScenarioInput } from './duplicate.types.js'
import type { Duplicates } from './duplicates.service.js'
import { duplicateRule } from './scenario.input.js'
import { ScenarioPayload } from './scenario.types.js'

@Resolver()
export class DuplicateResolver {
  readonly #duplicates: Duplicates

  constructor(duplicates: Duplicates) {
    this.#duplicates = duplicates
  }

  @NullableMutation(() => ScenarioPayload, {
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

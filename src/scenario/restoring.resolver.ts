import { FieldResolver, Resolver, Root } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import { Input, NullableMutation } from '../graphql/mutation.js'
import { SelectedParts } from '../graphql/selection.js'
import { parse } from '../input.js'
import { Member } from '../member/member.types.js'
import type { Parts } from '../snapshot/parts.js'
import type { MemberRow } from '../snapshot/snapshot.types.js'
import { DeletedScenario, RestoreScenarioInput } from './restoring.types.js'
import { restoreRule } from './scenario.input.js'
import type { Scenarios } from './scenario.service.js'
import { ScenarioPayload } from './scenario.types.js'

@Resolver(() => Member)
export class RestoringResolver {
  readonly #scenarios: Scenarios

  constructor(scenarios: Scenarios) {
    this.#scenarios = scenarios
  }

  @FieldResolver(() => [DeletedScenario], {
    description: 'What can still be brought back, newest first: for 30 days after its deletion, and 100 at most.',
  })
  deletedScenarios(@Root() { id }: MemberRow): Promise<DeletedScenario[]> {
    return this.#scenarios.listDeleted(id)
  }

  @NullableMutation(() => ScenarioPayload, {
    description: `Brings a deleted scenario back to the top of the list, with its template, its history and its notification.
One that is not deleted stays where it is.`,
  })
  restoreScenario(@MemberId() memberId: string, @Input(RestoreScenarioInput) input: RestoreScenarioInput, @SelectedParts() parts: Parts) {
    return this.#scenarios.restore(memberId, parse(restoreRule, input), parts)
  }
}

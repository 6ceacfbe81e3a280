import { FieldResolver, Resolver, Root } from 'type-graphql'
import { Member } from '../member/member.types.js'
import { Checklist } from '../mission/mission.types.js'
import type { ChecklistRow, MemberRow, ScenarioRow } from '../snapshot/snapshot.types.js'
import { Scenario } from './scenario.types.js'

/** Fields of other types that lead to scenarios: those types need not know this folder. */
@Resolver(() => Member)
export class MemberScenariosResolver {
  @FieldResolver(() => [Scenario], {
    description: 'The same as Query.scenarios, so that a payload with the member updates the list. From the same snapshot as the member.',
  })
  scenarios(@Root() member: MemberRow): ScenarioRow[] {
    return member.scenarios
  }
}

@Resolver(() => Checklist)
export class ChecklistScenarioResolver {
  @FieldResolver(() => Scenario, { description: 'Whose checklist it is.' })
  scenario(@Root() checklist: ChecklistRow): ScenarioRow {
    return checklist.scenario
  }
}

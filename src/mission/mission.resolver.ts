import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Info, Mutation, Resolver } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import { selectedAt } from '../graphql/selection.js'
import { parse } from '../input.js'
import type { Checked, Checks } from './checks.js'
import { addRule, checkRule, deleteRule } from './mission.input.js'
import type { ChangedChecklist, TodayMissions } from './mission.service.js'
import { AddTodayMissionInput, ChecklistPayload, CheckMissionInput, DeleteTodayMissionInput } from './mission.types.js'

@Resolver()
export class MissionResolver {
  readonly #checks: Checks
  readonly #todayMissions: TodayMissions

  constructor(checks: Checks, todayMissions: TodayMissions) {
    this.#checks = checks
    this.#todayMissions = todayMissions
  }

  @Mutation(() => ChecklistPayload, {
    description: 'Adds a mission for one day, today or later. Repeating it with the same id gives the same mission.',
  })
  addTodayMission(
    @MemberId() memberId: string,
    @Arg('input', () => AddTodayMissionInput) input: AddTodayMissionInput,
  ): Promise<ChangedChecklist> {
    return this.#todayMissions.add(memberId, parse(addRule, input))
  }

  @Mutation(() => ChecklistPayload, { description: 'Takes a TODAY mission off its day.' })
  deleteTodayMission(
    @MemberId() memberId: string,
    @Arg('input', () => DeleteTodayMissionInput) input: DeleteTodayMissionInput,
  ): Promise<ChangedChecklist> {
    return this.#todayMissions.delete(memberId, parse(deleteRule, input).missionId)
  }

  @Mutation(() => ChecklistPayload, {
    description: 'Sets, never toggles: sending it twice, or two devices sending it at once, ends in one row.',
  })
  checkMission(
    @MemberId() memberId: string,
    @Arg('input', () => CheckMissionInput) input: CheckMissionInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Checked> {
    return this.#checks.set(memberId, parse(checkRule, input), selectedAt(info).has('checklist'))
  }
}

import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Info, Mutation, Resolver } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import { selectedParts, selects } from '../graphql/selection.js'
import { parse } from '../input.js'
import type { ChangedChecklist } from './checklist.js'
import type { Checked, Checks } from './checks.js'
import { addRule, checkRule, deleteRule } from './mission.input.js'
import type { TodayMissions } from './mission.service.js'
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
    nullable: true,
    description: 'Adds a mission for one day, today or later. Repeating it with the same id gives the same mission.',
  })
  addTodayMission(
    @MemberId() memberId: string,
    @Arg('input', () => AddTodayMissionInput) input: AddTodayMissionInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ChangedChecklist> {
    return this.#todayMissions.add(memberId, parse(addRule, input), selectedParts(info))
  }

  @Mutation(() => ChecklistPayload, { nullable: true, description: 'Takes a TODAY mission off its day.' })
  deleteTodayMission(
    @MemberId() memberId: string,
    @Arg('input', () => DeleteTodayMissionInput) input: DeleteTodayMissionInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ChangedChecklist> {
    return this.#todayMissions.delete(memberId, parse(deleteRule, input).missionId, selectedParts(info))
  }

  @Mutation(() => ChecklistPayload, {
    nullable: true,
    description: 'Sets, never toggles: sending it twice, or two devices sending it at once, ends in one row.',
  })
  checkMission(
    @MemberId() memberId: string,
    @Arg('input', () => CheckMissionInput) input: CheckMissionInput,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Checked> {
    const wanted = { checklist: selects(info, 'ChecklistPayload.checklist'), parts: selectedParts(info) }
    return this.#checks.set(memberId, parse(checkRule, input), wanted)
  }
}

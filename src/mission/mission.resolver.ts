import { Arg, Mutation, Resolver } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import type { JsonFields } from '../graphql/hand-through.js'
import { parse } from '../input.js'
import { addRule, checkRule, deleteRule } from './mission.input.js'
import type { ChangedChecklist, Missions } from './mission.service.js'
import { AddTodayMissionInput, ChecklistPayload, CheckMissionInput, DeleteTodayMissionInput } from './mission.types.js'

@Resolver()
export class MissionResolver {
  readonly #missions: Missions

  /** What PostgreSQL can answer whole (graphql/hand-through.ts). */
  readonly jsonFields: JsonFields = {
    checkMission: (memberId, { input }, shape) => this.#missions.checkForJson(memberId, parse(checkRule, input), shape),
  }

  constructor(missions: Missions) {
    this.#missions = missions
  }

  @Mutation(() => ChecklistPayload, {
    description: 'Adds a mission for one day, today or later. Repeating it with the same id gives the same mission.',
  })
  addTodayMission(
    @MemberId() memberId: string,
    @Arg('input', () => AddTodayMissionInput) input: AddTodayMissionInput,
  ): Promise<ChangedChecklist> {
    return this.#missions.add(memberId, parse(addRule, input))
  }

  @Mutation(() => ChecklistPayload, { description: 'Takes a TODAY mission off its day.' })
  deleteTodayMission(
    @MemberId() memberId: string,
    @Arg('input', () => DeleteTodayMissionInput) input: DeleteTodayMissionInput,
  ): Promise<ChangedChecklist> {
    return this.#missions.delete(memberId, parse(deleteRule, input).missionId)
  }

  @Mutation(() => ChecklistPayload, {
    description: 'Sets, never toggles: sending it twice, or two devices sending it at once, ends in one row.',
  })
  checkMission(@MemberId() memberId: string, @Arg('input', () => CheckMissionInput) input: CheckMissionInput): Promise<ChangedChecklist> {
    return this.#missions.check(memberId, parse(checkRule, input))
  }
}

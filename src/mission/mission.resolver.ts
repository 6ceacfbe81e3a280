import type { GraphQLResolveInfo } from 'graphql'
import { Info, Resolver } from 'type-graphql'
import { MemberId } from '../graphql/context.js'
import { Input, NullableMutation } from '../graphql/mutation.js'
import { SelectedParts, selectedParts, selects } from '../graphql/selection.js'
import { parse } from '../input.js'
import type { Parts } from '../snapshot/parts.js'
import { CheckMissionInput, CheckMissionsInput, CheckMissionsPayload } from './check.types.js'
import { beyondCounts, type Checks, type Wanted } from './checks.js'
import { addRule, checkRule, deleteRule, parseChecks, updateRule } from './mission.input.js'
import type { TodayMissions } from './mission.service.js'
import { AddTodayMissionInput, ChecklistPayload, DeleteTodayMissionInput, UpdateTodayMissionInput } from './mission.types.js'
import type { OfflineChecks } from './offline-checks.js'

@Resolver()
export class MissionResolver {
  readonly #checks: Checks
  readonly #offlineChecks: OfflineChecks
  readonly #todayMissions: TodayMissions

  constructor(checks: Checks, offlineChecks: OfflineChecks, todayMissions: TodayMissions) {
    this.#checks = checks
    this.#offlineChecks = offlineChecks
    this.#todayMissions = todayMissions
  }

  @NullableMutation(() => ChecklistPayload, {
    description: 'Adds a mission for one day, today or later. Repeating it with the same id gives the same mission.',
  })
  addTodayMission(@MemberId() memberId: string, @Input(AddTodayMissionInput) input: AddTodayMissionInput, @SelectedParts() parts: Parts) {
    return this.#todayMissions.add(memberId, parse(addRule, input), parts)
  }

  @NullableMutation(() => ChecklistPayload, { description: 'Changes the content of a TODAY mission.' })
  updateTodayMission(
    @MemberId() memberId: string,
    @Input(UpdateTodayMissionInput) input: UpdateTodayMissionInput,
    @SelectedParts() parts: Parts,
  ) {
    return this.#todayMissions.update(memberId, parse(updateRule, input), parts)
  }

  @NullableMutation(() => ChecklistPayload, { description: 'Takes a TODAY mission off its day. One that is off already stays so.' })
  deleteTodayMission(
    @MemberId() memberId: string,
    @Input(DeleteTodayMissionInput) input: DeleteTodayMissionInput,
    @SelectedParts() parts: Parts,
  ) {
    return this.#todayMissions.delete(memberId, parse(deleteRule, input), parts)
  }

  @NullableMutation(() => ChecklistPayload, {
    description: 'Sets, never toggles: sending it twice, or two devices sending it at once, ends in one row.',
  })
  checkMission(@MemberId() memberId: string, @Input(CheckMissionInput) input: CheckMissionInput, @Info() info: GraphQLResolveInfo) {
    return this.#checks.set(memberId, parse(checkRule, input), wantedOf(info))
  }

  @NullableMutation(() => CheckMissionsPayload, {
    description: `Up to 200 checks in turn, each with its own result: what a phone kept while it was away. One that is rejected does not touch
the others. All are made in one transaction.`,
  })
  checkMissions(@MemberId() memberId: string, @Input(CheckMissionsInput) input: CheckMissionsInput, @Info() info: GraphQLResolveInfo) {
    const checklist = selects(info, 'CheckMissionResult.checklist') || selects(info, 'CheckMissionResult.item')
    return this.#offlineChecks.setAll(memberId, parseChecks(input.checks), { checklist, parts: selectedParts(info) })
  }
}

function wantedOf(info: GraphQLResolveInfo): Wanted {
  const parts = selectedParts(info)
  if (parts.member || Object.keys(beyondCounts).some((field) => selects(info, `Checklist.${field}`))) return { checklist: 'all', parts }
  return { checklist: selects(info, 'ChecklistPayload.checklist') ? 'counts' : 'nothing', parts }
}

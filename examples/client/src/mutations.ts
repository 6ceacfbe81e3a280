import type { ResultOf, VariablesOf } from '@graphql-typed-document-node/core'
import {
  AddMissionDocument,
  AddTodayMissionDocument,
  type CheckMissionsDocument,
  CreateScenarioDocument,
  DeleteMissionDocument,
  DeleteScenarioDocument,
  DeleteTodayMissionDocument,
  MoveMissionDocument,
  MoveScenarioDocument,
  PauseDaysDocument,
  RestoreScenarioDocument,
  ResumeDaysDocument,
  RevokeSessionDocument,
  UpdateMemberDocument,
  UpdateMissionDocument,
  UpdateScenarioDocument,
  UpdateTodayMissionDocument,
} from './generated/graphql.js'

/** What the queue can hold, by the field of Mutation that it is for. Checks go together: see `checkMission` below. */
export const mutations = {
  updateMember: UpdateMemberDocument,
  createScenario: CreateScenarioDocument,
  updateScenario: UpdateScenarioDocument,
  moveScenario: MoveScenarioDocument,
  deleteScenario: DeleteScenarioDocument,
  restoreScenario: RestoreScenarioDocument,
  addTodayMission: AddTodayMissionDocument,
  updateTodayMission: UpdateTodayMissionDocument,
  deleteTodayMission: DeleteTodayMissionDocument,
  addMission: AddMissionDocument,
  updateMission: UpdateMissionDocument,
  moveMission: MoveMissionDocument,
  deleteMission: DeleteMissionDocument,
  pauseDays: PauseDaysDocument,
  resumeDays: ResumeDaysDocument,
  revokeSession: RevokeSessionDocument,
}

type Documents = typeof mutations
type Checks = VariablesOf<typeof CheckMissionsDocument>['input']['checks']
type CheckResult = NonNullable<ResultOf<typeof CheckMissionsDocument>['checkMissions']>['results'][number]

export type MutationName = keyof Documents | 'checkMission'

export type InputOf<Name extends MutationName> = Omit<
  Name extends keyof Documents ? VariablesOf<Documents[Name]>['input'] : Extract<Checks, readonly unknown[]>[number],
  'operationId'
>

type FieldOf<Result, Name> = Name extends keyof Result ? NonNullable<Result[Name]> : never

export type PayloadOf<Name extends MutationName> = Name extends keyof Documents ? FieldOf<ResultOf<Documents[Name]>, Name> : CheckResult

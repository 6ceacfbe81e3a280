import { type FieldNode, type GraphQLField, Kind } from 'graphql'
import { limits } from '../../limits.js'

/** A maximum; or the argument that tells the length, its maximum, what is added, and a factor. */
type Size = number | { argument: string; max: number; more?: number; each?: number }

const days = 7
const itemsOfADay = limits.basicMissionsPerScenario + limits.todayMissionsPerDate

/** The maximum length of each list of the schema, by its coordinate. A test compares the two. */
export const listSizes: Readonly<Record<string, Size>> = {
  'Query.scenarios': limits.scenariosPerMember,
  'ScenarioPayload.scenarios': limits.scenariosPerMember,
  'MoveScenarioPayload.scenarios': limits.scenariosPerMember,
  'Member.scenarios': limits.scenariosPerMember,
  'Changes.scenarios': limits.scenariosPerMember,
  'Changes.checklists': limits.checklistsTold,
  // Each deletion with its notification; and the ids of a scenario's later checklists.
  'Changes.deletedIds': limits.deletionsTold * 2 + limits.scenariosPerMember * limits.daysAhead,
  'CheckMissionsPayload.results': limits.checksAtOnce,
  'Scenario.basicMissions': limits.basicMissionsPerScenario,
  'Mission.daysOfWeek': days,
  'Checklist.items': itemsOfADay,
  'Notification.daysOfWeek': days,
  'NotificationFeed.items': limits.scenariosPerMember,
  'NotificationFeed.places': limits.scenariosPerMember,
  'ScenarioNotification.daysOfWeek': days,
  'ScenarioPlace.daysOfWeek': days,
  'ScenarioNotification.nextOccurrences': { argument: 'count', max: limits.occurrences },
  'Member.dayReceipts': limits.receiptDays,
  'Member.deletedScenarios': limits.deletedScenariosKept,
  'Member.sessions': limits.sessionsPerMember,
  // With those that are over: one a day at most.
  'Member.pauses': limits.pausesPerMember + limits.historyDays,
}

/** The rows that a field reads whatever is selected beneath it. */
export const rowsRead: Readonly<Record<string, Size>> = {
  'Scenario.checklist': itemsOfADay,
  'CheckMissionResult.checklist': itemsOfADay,
  'Changes.checklists': limits.checklistsTold * itemsOfADay,
  'Member.currentStreak': limits.receiptDays,
  'Member.longestStreak': limits.receiptDays,
  // The dates that readOccurrences looks at. The calendar of a date takes as long as four rows.
  'ScenarioNotification.nextOccurrences': { argument: 'count', max: limits.occurrences, more: days + 4 * limits.pausesPerMember, each: 4 },
}

/** For a list that the table above lacks. */
const unknownListSize = 100

/** The most that a list can hold as it is selected here. */
export const listSize = (coordinate: string, field: GraphQLField<unknown, unknown>, node: FieldNode): number =>
  sizeOf(listSizes[coordinate] ?? unknownListSize, field, node)

/** The most that a field can read as it is selected here, beside what is selected beneath it. */
export const rowsReadBy = (coordinate: string, field: GraphQLField<unknown, unknown>, node: FieldNode): number =>
  sizeOf(rowsRead[coordinate] ?? 0, field, node)

function sizeOf(size: Size, field: GraphQLField<unknown, unknown>, node: FieldNode): number {
  if (typeof size === 'number') return size
  const given = node.arguments?.find(({ name }) => name.value === size.argument)?.value
  const fallback = field.args.find(({ name }) => name === size.argument)?.defaultValue
  const count = given === undefined ? Number(fallback) : given.kind === Kind.INT ? Number(given.value) : size.max
  return (size.each ?? 1) * ((Math.min(Math.max(count, 1), size.max) || size.max) + (size.more ?? 0))
}

/** A longer input list is rejected unread. Where the product allows less, its service says so. */
export const maxInputListLength = 200

/** The lists of inputs that can't be longer than what they choose from. */
export const inputListLengths: Readonly<Record<string, number>> = {
  'NotificationInput.daysOfWeek': days,
  'BasicMissionInput.daysOfWeek': days,
  'AddMissionInput.daysOfWeek': days,
  'UpdateMissionInput.daysOfWeek': days,
  'CheckMissionsInput.checks': limits.checksAtOnce,
}

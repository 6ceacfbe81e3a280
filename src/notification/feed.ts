import type { NotificationState } from './change.js'
import type { ScenarioNotification, ScenarioPlace } from './notification.types.js'

/**
 * What a member's feed shows at one revision (a bigint in decimal). Items and places stand in the order of the scenarios' ids,
 * which no move changes: else a move would have to count the revision up, or one revision would have two orders.
 */
export type FeedState = { revision: string; items: ScenarioNotification[]; places: ScenarioPlace[] }

/** Counts up whenever an item or a place is written another way: responses and cached feeds of another format are others. */
export const feedFormat = 2

/** The member is part of it, so that a phone which changes hands never takes another member's feed for its own. */
export const etagOf = (memberId: string, revision: string) => `${feedFormat}-${revision}-${memberId}`

type Shown = { name: string; memo: string | null; notification?: NotificationState | undefined }

/** True where the feed shows a change of a scenario: only active notifications are in it. */
export function feedShowsChange(before: Shown, after: Shown): boolean {
  return JSON.stringify(shown(before)) !== JSON.stringify(shown(after))
}

function shown({ name, memo, notification }: Shown) {
  if (!notification?.active) return null
  const { method, daysOfWeek, time, place } = notification
  return [name, memo, method, daysOfWeek, time, place]
}

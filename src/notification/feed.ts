import type { NotificationState } from './change.js'
import type { ScenarioNotification, ScenarioPlace } from './notification.types.js'

/**
 * A member's feed at one revision (a bigint in decimal), in the order of the scenarios' ids. In the
 * list's order, a move would have to count the revision up (ADR 9).
 */
export type FeedState = { revision: string; items: ScenarioNotification[]; places: ScenarioPlace[] }

/** Count it up with every new format of items or places: cached feeds and etags then differ. */
export const feedFormat = 2

/** With the member: a phone that changes hands must not take another's feed for its own. */
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

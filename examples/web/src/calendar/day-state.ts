import type { CalendarQuery } from '../../../client/src/generated/graphql.js'

export type DayState = 'done' | 'part' | 'none' | 'paused'
type Known = Pick<CalendarQuery['me'], 'dayReceipts' | 'pauses'>

export const receiptOf = (calendar: Known | undefined, date: string) => calendar?.dayReceipts.find((receipt) => receipt.date === date)

/** What a calendar shows of a day; null of one that is not over, or had nothing to do. */
export function dayStateOf(calendar: Known | undefined, date: string): DayState | null {
  if (calendar?.pauses.some(({ from, to }) => from <= date && date <= to)) return 'paused'
  const receipt = receiptOf(calendar, date)
  if (receipt?.paused) return 'paused'
  if (!receipt || receipt.totalCount === 0) return null
  if (receipt.checkedCount === receipt.totalCount) return 'done'
  return receipt.checkedCount > 0 ? 'part' : 'none'
}

import type { CSSProperties } from 'react'
import type { CalendarQuery } from '../../../client/src/generated/graphql.js'
import { addDays, dayOfWeek, daysOfWeek, fullDate, shortWeekday } from '../words/dates.js'
import { useLanguage } from '../words/words.js'
import { dayStateOf, receiptOf } from './day-state.js'

/** The first day of a date's month. */
export const monthOf = (date: string) => `${date.slice(0, 7)}-01`

/** How far lists reach from today. */
const [daysBack, daysAhead] = [31, 14]

type Props = { month: string; today: string; calendar: CalendarQuery['me']; onDate(date: string): void }

export function Month({ month, today, calendar, onDate }: Props) {
  const { words, language } = useLanguage()
  const days = Array.from({ length: 31 }, (_, index) => addDays(month, index)).filter((day) => monthOf(day) === month)
  const [earliest, latest] = [addDays(today, -daysBack), addDays(today, daysAhead)]
  const first = daysOfWeek.indexOf(dayOfWeek(month)) + 1
  return (
    <div className="month">
      {daysOfWeek.map((day) => (
        <span key={day} className="weekday" aria-hidden="true">
          {shortWeekday(language, day)}
        </span>
      ))}
      {days.map((day, index) => {
        const state = dayStateOf(calendar, day)
        const receipt = receiptOf(calendar, day)
        const part = receipt && receipt.totalCount > 0 ? (receipt.checkedCount / receipt.totalCount) * 100 : 0
        const told = [
          fullDate(language, day),
          state && words.dayState[state],
          receipt && words.done(receipt.checkedCount, receipt.totalCount),
        ]
        return (
          <button
            key={day}
            type="button"
            className={`month-day ${state ?? ''} ${day === today ? 'is-today' : ''}`}
            style={{ '--p': part, ...(index === 0 && { gridColumnStart: first }) } as CSSProperties}
            aria-current={day === today ? 'date' : undefined}
            disabled={day < earliest || day > latest}
            onClick={() => onDate(day)}
          >
            <b>{Number(day.slice(8))}</b>
            <span className="for-ears">{told.filter(Boolean).join(', ')}</span>
          </button>
        )
      })}
    </div>
  )
}

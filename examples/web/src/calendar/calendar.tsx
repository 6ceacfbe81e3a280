import { useState } from 'react'
import { useCalendar, useHome } from '../device/queries.js'
import { BackIcon, FlameIcon, ForwardIcon } from '../shell/icons.js'
import { Loading, Problem } from '../shell/problem.js'
import { Top } from '../shell/top.js'
import { addDays, monthName } from '../words/dates.js'
import { useLanguage } from '../words/words.js'
import { DaysOff } from './days-off.js'
import { Month, monthOf } from './month.js'

/** Receipts are kept for so many days. */
const receiptDays = 400

/** The days that are over, month by month, with the streaks that they make. */
export function Calendar({ onDate }: { onDate(date: string | null): void }) {
  const { words, language } = useLanguage()
  const home = useHome()
  const today = home.data?.me.today ?? null
  const [month, setMonth] = useState<string | null>(null)
  const shown = month ?? monthOf(today ?? '2000-01-01')
  const earliest = addDays(today ?? '2000-01-01', 1 - receiptDays)
  const calendar = useCalendar(today === null ? null : { from: earliest, to: today })
  const { data } = calendar
  if (today === null || !data) {
    const { error, retry } = today === null ? home : calendar
    return error ? <Problem error={error} onRetry={retry} /> : <Loading />
  }
  const { currentStreak, longestStreak } = data.me
  const turn = (months: number) => setMonth(monthOf(addDays(shown, months > 0 ? 31 : -1)))
  return (
    <>
      <Top title={words.calendar} />
      <div className="page">
        <dl className="streaks">
          <div>
            <dt>{words.currentStreak}</dt>
            <dd>
              <FlameIcon />
              {words.days(currentStreak)}
            </dd>
          </div>
          <div>
            <dt>{words.longestStreak}</dt>
            <dd>{words.days(longestStreak)}</dd>
          </div>
        </dl>
        <section className="card month-card" aria-label={monthName(language, shown)}>
          <header className="month-head">
            <button
              type="button"
              className="quiet"
              aria-label={words.month.previous}
              disabled={shown <= monthOf(earliest)}
              onClick={() => turn(-1)}
            >
              <BackIcon />
            </button>
            <h2 aria-live="polite">{monthName(language, shown)}</h2>
            <button
              type="button"
              className="quiet"
              aria-label={words.month.next}
              disabled={shown >= monthOf(addDays(today, 14))}
              onClick={() => turn(1)}
            >
              <ForwardIcon />
            </button>
          </header>
          <Month month={shown} today={today} calendar={data.me} onDate={(date) => onDate(date === today ? null : date)} />
        </section>
        <DaysOff today={today} pauses={data.me.pauses} />
      </div>
    </>
  )
}

import { type KeyboardEvent, useLayoutEffect, useRef } from 'react'
import type { CalendarQuery } from '../../../client/src/generated/graphql.js'
import { dayStateOf } from '../calendar/day-state.js'
import { addDays, fullDate, weekdayName } from '../words/dates.js'
import { useLanguage } from '../words/words.js'

/** How far lists reach. */
const [daysBack, daysAhead] = [31, 14]

type Props = { today: string; selected: string; calendar: CalendarQuery['me'] | undefined; onSelect(date: string): void }

/** A week of days to choose from, the chosen one in its middle; more of them on either side. */
export function DaysStrip({ today, selected, calendar, onSelect }: Props) {
  const { words, language } = useLanguage()
  const strip = useRef<HTMLDivElement>(null)
  const days = Array.from({ length: daysBack + 1 + daysAhead }, (_, index) => addDays(today, index - daysBack))

  const isFirst = useRef(true)
  useLayoutEffect(() => {
    const element = strip.current
    if (!element) return
    const center = (behavior: ScrollBehavior) => {
      const chosen = element.querySelector<HTMLElement>(`[data-date="${selected}"]`)
      if (chosen) element.scrollTo({ left: chosen.offsetLeft - (element.clientWidth - chosen.clientWidth) / 2, behavior })
    }
    center(isFirst.current ? 'instant' : 'smooth')
    isFirst.current = false
    // Also where it is turned, or shown later.
    let width = element.clientWidth
    const observer = new ResizeObserver(() => {
      if (element.clientWidth !== width) center('instant')
      width = element.clientWidth
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [selected])

  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    const next = step && days[days.indexOf(selected) + step]
    if (!next) return
    event.preventDefault()
    onSelect(next)
    strip.current?.querySelector<HTMLElement>(`[data-date="${next}"]`)?.focus()
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form's fields
    <div className="days" role="group" aria-label={words.dayStrip} ref={strip} onKeyDown={onKeyDown}>
      {days.map((day) => {
        const state = dayStateOf(calendar, day)
        return (
          <button
            key={day}
            type="button"
            data-date={day}
            className={`day ${state ?? ''} ${day === today ? 'is-today' : ''}`}
            aria-current={day === selected ? 'date' : undefined}
            tabIndex={day === selected ? 0 : -1}
            onClick={() => onSelect(day)}
          >
            {weekdayName(language, day)}
            <b>{Number(day.slice(8))}</b>
            <i />
            <span className="for-ears">{[fullDate(language, day), state && words.dayState[state]].filter(Boolean).join(', ')}</span>
          </button>
        )
      })}
    </div>
  )
}

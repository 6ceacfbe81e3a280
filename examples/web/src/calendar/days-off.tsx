import { type FormEvent, useState } from 'react'
import type { CalendarQuery } from '../../../client/src/generated/graphql.js'
import { useDoorstep } from '../device/device.js'
import { addDays, shortDate } from '../words/dates.js'
import { useLanguage } from '../words/words.js'

/** Days that neither make nor break a streak: those that are to come, and new ones. */
export function DaysOff({ today, pauses }: { today: string; pauses: CalendarQuery['me']['pauses'] }) {
  const { words, language } = useLanguage()
  const doorstep = useDoorstep()
  const [from, setFrom] = useState(addDays(today, 1))
  const [to, setTo] = useState(addDays(today, 1))
  function add(event: FormEvent) {
    event.preventDefault()
    void doorstep.perform('pauseDays', { from, to: to < from ? from : to })
  }
  return (
    <section className="card panel">
      <h2>{words.daysOff.title}</h2>
      <p className="soft small">{words.daysOff.text}</p>
      <ul className="rows">
        {pauses
          .filter((pause) => pause.to >= today)
          .map((pause) => (
            <li key={pause.id}>
              <span>
                {shortDate(language, pause.from)}
                {pause.to !== pause.from && ` – ${shortDate(language, pause.to)}`}
              </span>
              <button type="button" className="text" onClick={() => void doorstep.perform('resumeDays', { id: pause.id })}>
                {words.daysOff.resume}
              </button>
            </li>
          ))}
      </ul>
      <form className="days-off" onSubmit={add}>
        <label className="field">
          <span>{words.daysOff.from}</span>
          <input type="date" required min={today} value={from} onChange={({ target }) => setFrom(target.value)} />
        </label>
        <label className="field">
          <span>{words.daysOff.to}</span>
          <input type="date" required min={from} value={to < from ? from : to} onChange={({ target }) => setTo(target.value)} />
        </label>
        <button type="submit" className="secondary">
          {words.daysOff.add}
        </button>
      </form>
    </section>
  )
}

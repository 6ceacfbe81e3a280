import { useState } from 'react'
import type { DayOfWeek, NotificationMethod } from '../../../client/src/generated/graphql.js'
import { useDoorstep } from '../device/device.js'
import type { Scenario } from '../editor/draft.js'
import { daysOfWeek, namesOf, shortWeekday } from '../words/dates.js'
import { useLanguage } from '../words/words.js'
import { type Change, inputOf } from './change.js'
import { Switch } from './switch.js'

const methods: NotificationMethod[] = ['PUSH', 'ALARM']

export function Bell({ scenario, isQuiet }: { scenario: Scenario; isQuiet: boolean }) {
  const { words, language } = useLanguage()
  const doorstep = useDoorstep()
  const { active, method, daysOfWeek: days, time, place } = scenario.notification
  const [typed, setTyped] = useState<string | null>(null)

  const set = (change: Change) =>
    void doorstep.perform('updateScenario', { id: scenario.id, notification: inputOf(scenario.notification, change) })
  const toggle = (day: DayOfWeek) => {
    const next = daysOfWeek.filter((each) => (each === day ? !days.includes(day) : days.includes(each)))
    if (next.length > 0) set({ daysOfWeek: next })
  }
  const isSet = time !== null || place !== null

  return (
    <section className={`card panel bell ${isQuiet ? 'is-quiet' : ''}`} aria-label={scenario.name}>
      <div className="switched">
        <div>
          <h2>{scenario.name}</h2>
          <p className="soft small">
            {active && isSet
              ? [time && `${namesOf(words, language, days)} ${time}`, place && words.bell.place[place.on]].filter(Boolean).join(' · ')
              : words.bell.none}
          </p>
        </div>
        <Switch isOn={active} label={words.bell.active(scenario.name)} onChange={(next) => set({ active: next })} />
      </div>
      {active && (
        <div className="bell-settings">
          <label className="field time">
            <span>{words.bell.time}</span>
            <input
              type="time"
              value={typed ?? time ?? ''}
              onChange={({ target }) => setTyped(target.value)}
              onBlur={() => {
                if (typed && typed !== time) set({ time: typed })
                setTyped(null)
              }}
            />
          </label>
          <fieldset className="choice">
            <legend>{words.bell.method}</legend>
            {methods.map((each) => (
              <button key={each} type="button" aria-pressed={each === method} onClick={() => set({ method: each })}>
                {words.bell[each as 'PUSH' | 'ALARM']}
              </button>
            ))}
          </fieldset>
          <fieldset className="week">
            <legend>{words.bell.days}</legend>
            {daysOfWeek.map((day) => (
              <button key={day} type="button" aria-pressed={days.includes(day)} onClick={() => toggle(day)}>
                {shortWeekday(language, day)}
              </button>
            ))}
          </fieldset>
        </div>
      )}
    </section>
  )
}

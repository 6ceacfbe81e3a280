import { addDays } from '../dates.js'
import { badUserInput, dateOutOfRange, limitExceeded } from '../errors.js'
import { limits } from '../limits.js'
import type { Pause } from './pause.types.js'

export type PauseChange = { saved: Pause | null; removedIds: string[] }

const nothing: PauseChange = { saved: null, removedIds: [] }

/**
 * Takes days off. Pauses that overlap or touch them become one, with the id of the first made: a
 * client need not know the others, and taking the same days off twice changes nothing. `pauses`: in
 * the order of their creation, no two of which touch.
 */
export function takeOff(pauses: readonly Pause[], { id, from, to }: Pause, today: string): PauseChange {
  checkDates({ from, to }, today)
  const touched = pauses.filter((pause) => pause.from <= addDays(to, 1) && pause.to >= addDays(from, -1))
  const [first] = touched
  const saved = {
    id: first?.id ?? id,
    from: touched.reduce((date, pause) => earlier(date, pause.from), from),
    to: touched.reduce((date, pause) => later(date, pause.to), to),
  }
  if (first && first.from === saved.from && first.to === saved.to) return nothing
  if (saved.to >= addDays(later(saved.from, today), limits.pauseDays)) {
    throw tooLong(touched.length > 0 ? ', the pauses that it joins included, as far as they are not over' : '')
  }
  const others = pauses.filter((pause) => !touched.includes(pause) && pause.to >= today)
  if (others.length >= limits.pausesPerMember) throw limitExceeded('pauses that are not over', limits.pausesPerMember)
  return { saved, removedIds: touched.flatMap((pause) => (pause === first ? [] : [pause.id])) }
}

/** Takes back all of a pause, or its days from today on; days that are over stay. */
export function takeBack(pause: Pause, today: string): PauseChange {
  if (pause.to < today) return nothing
  if (pause.from >= today) return { saved: null, removedIds: [pause.id] }
  return { saved: { ...pause, to: addDays(today, -1) }, removedIds: [] }
}

/** No day that is over can be paused: its receipt would change. */
function checkDates({ from, to }: Omit<Pause, 'id'>, today: string): void {
  const latest = addDays(today, limits.pauseDaysAhead)
  if (from < today || from > latest || to > latest) throw dateOutOfRange(today, latest)
  if (to < from) throw badUserInput([{ path: 'input.to', message: 'must not be before `from`.' }])
  if (to >= addDays(from, limits.pauseDays)) throw tooLong('')
}

const tooLong = (what: string) =>
  badUserInput([{ path: 'input.to', message: `must be so that the pause has ${limits.pauseDays} days at most${what}.` }])

const earlier = (one: string, other: string) => (one < other ? one : other)
const later = (one: string, other: string) => (one > other ? one : other)

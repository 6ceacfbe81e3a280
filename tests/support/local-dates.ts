/** Local dates by another implementation of time zones than PostgreSQL's: Node's. By the rule of docs/adr/0015, word by word. */

const minuteMs = 60_000
const hourMs = 60 * minuteMs
/** The clocks of the tests' zones change at quarters of an hour, and their days start at such. */
const stepMs = 15 * minuteMs

const formats = new Map<string, Intl.DateTimeFormat>()

/** What a zone's wall clock shows at an instant, as if it were UTC. */
function wallClock(instant: number, zone: string): number {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  formats.set(zone, format)
  return Date.parse(`${format.format(instant).replace(' ', 'T')}Z`)
}

const starts = new Map<string, number>()

/** The first instant at which the wall clock shows the date and the start of the day, or later. */
export function dayStart(date: string, zone: string, startsAt: string): number {
  const key = `${date} ${zone} ${startsAt}`
  const known = starts.get(key)
  if (known !== undefined) return known
  const wall = Date.parse(`${date}T${startsAt}Z`)
  // No clock is more than 14 hours ahead of UTC.
  let instant = wall - 14 * hourMs
  while (wallClock(instant, zone) < wall) instant += stepMs
  starts.set(key, instant)
  return instant
}

/** The latest date that has begun. */
export function localDate(instant: number, zone: string, startsAt: string): string {
  // The latest that it can be is tomorrow in UTC.
  for (let day = instant + 24 * hourMs; ; day -= 24 * hourMs) {
    const date = new Date(day).toISOString().slice(0, 10)
    if (dayStart(date, zone, startsAt) <= instant) return date
  }
}

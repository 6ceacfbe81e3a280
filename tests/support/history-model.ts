import { addDays } from '../../src/dates.js'
import { limits } from '../../src/limits.js'
import { dayStart, localDate } from './local-dates.js'

/**
 * What one member's days must be, as plainly as it can be said: every template that ever was, with the date since which it was so,
 * every check by mission and date, and the two rules of the clock. It knows no rows, no revisions and no watermarks.
 */

export type Line = { id: string; content: string; daysOfWeek: string[] }
export type Scenario = {
  id: string
  name: string
  startsOn: string
  /** The dates on which it was deleted: from one until before another, or for good. */
  gaps: { from: string; until: string | null }[]
  deletedAt: number | null
  templates: { since: string; lines: Line[] }[]
}
export type TodayMission = { id: string; content: string; scenarioId: string; date: string }
export type Receipt = { date: string; totalCount: number; checkedCount: number; version: number; paused: boolean }
export type Check = { missionId: string; isChecked: boolean; date: string | null; checkedAt: string | null }

const hourMs = 3_600_000
const dayMs = 24 * hourMs
export const graceMs = 120_000
const weekday = new Intl.DateTimeFormat('en-US', { weekday: 'long', timeZone: 'UTC' })
const dayOfWeek = (date: string) => weekday.format(Date.parse(date)).toUpperCase()
const utcDate = (instant: number) => new Date(instant).toISOString().slice(0, 10)

export class HistoryModel {
  now: number
  #zone: string
  #startsAt = '00:00'
  /** No later date than this one is today any more, whatever zone was chosen since. */
  #settled: string
  /** When the dates before the last change of the settings ended, in order. */
  readonly #ends = new Map<string, number>()
  #settingsSince = Number.NEGATIVE_INFINITY
  /** In the order of the list. */
  listed: Scenario[] = []
  deleted: Scenario[] = []
  todayMissions: TodayMission[] = []
  /** Every date that was within a pause when it ended, or is within one. */
  readonly daysOff = new Set<string>()
  readonly #checks = new Map<string, boolean>()
  readonly #receiptVersions = new Map<string, number>()
  #receiptsThrough: string
  #lastSeen: { on: string; hour: number }
  #isSuspended = false

  constructor(now: number, zone: string) {
    this.now = now
    this.#zone = zone
    const today = localDate(now, zone, this.#startsAt)
    this.#settled = addDays(today, -1)
    this.#receiptsThrough = this.#settled
    this.#lastSeen = { on: today, hour: Number.NaN }
  }

  get today(): string {
    return this.#later(this.#clockDate(this.now), addDays(this.#settled, 1))
  }

  /** The instant at which the present day ends. */
  get dayEnd(): number {
    return this.#startOf(addDays(this.today, 1))
  }

  isOpen(date: string): boolean {
    return date > this.#settled && this.#startOf(addDays(date, 1)) > this.now - graceMs
  }

  // What the member does. The results of the API's own thinking (new ids) are handed in.

  /** Any request: whoever was inactive has days to be closed again. */
  seen() {
    const hour = Math.floor(this.now / hourMs)
    if (this.#lastSeen.hour === hour) return
    if (this.#lastSeen.on < this.today) this.#isSuspended = false
    this.#lastSeen = { on: this.#later(this.#lastSeen.on, this.today), hour }
  }

  create(id: string, name: string, lines: Line[]) {
    this.listed.unshift({ id, name, startsOn: this.today, gaps: [], deletedAt: null, templates: [{ since: this.today, lines }] })
  }

  changeTemplate(scenario: Scenario, lines: Line[]) {
    scenario.templates = [...scenario.templates.filter(({ since }) => since !== this.today), { since: this.today, lines }]
  }

  pause(from: string, to: string) {
    for (let date = from; date <= to; date = addDays(date, 1)) this.daysOff.add(date)
  }

  resume({ from, to }: { from: string; to: string }) {
    for (let date = this.#later(from, this.today); date <= to; date = addDays(date, 1)) this.daysOff.delete(date)
  }

  delete(scenario: Scenario) {
    this.listed = this.listed.filter((other) => other !== scenario)
    this.deleted.push({ ...scenario, gaps: [...scenario.gaps, { from: this.today, until: null }], deletedAt: this.now })
  }

  /** False where it was deleted too long ago. */
  restore(scenario: Scenario): boolean {
    if (scenario.deletedAt === null || scenario.deletedAt <= this.now - limits.restorableDays * dayMs) return false
    const gaps = scenario.gaps.map(({ from, until }) => ({ from, until: until ?? this.today }))
    this.deleted = this.deleted.filter((other) => other !== scenario)
    this.listed.unshift({ ...scenario, gaps, deletedAt: null })
    return true
  }

  changeSettings({ timeZone = this.#zone, dayStartsAt = this.#startsAt }: { timeZone?: string; dayStartsAt?: string }) {
    // What is as it was changes nothing: yesterday keeps its grace.
    if (timeZone === this.#zone && dayStartsAt === this.#startsAt) return
    for (let date = addDays(this.#settled, 1); this.#startOf(addDays(date, 1)) <= this.now; date = addDays(date, 1)) {
      this.#ends.set(date, Math.max(this.#startOf(addDays(date, 1)), this.#settingsSince))
    }
    this.#settingsSince = this.now
    this.#close(0)
    this.#settled = this.#receiptsThrough
    this.#zone = timeZone
    this.#startsAt = dayStartsAt
  }

  /** Sets a mission, and gives the date that it was set on, or the codes of which one must be the rejection's. */
  check({ missionId, isChecked, date: wanted, checkedAt }: Check): { date: string; scenario: Scenario } | { codes: string[] } {
    const todayMission = this.todayMissions.find(({ id }) => id === missionId)
    const at = checkedAt === null ? null : Math.min(Date.parse(checkedAt), this.now)
    const checkedOn = at === null ? null : this.#clockDate(at)
    const ended = at === null ? undefined : [...this.#ends].findLast(([, end]) => end <= at)?.[0]
    const madeOn = checkedOn !== null && ended !== undefined ? this.#later(checkedOn, addDays(ended, 1)) : checkedOn
    const date = wanted ?? todayMission?.date ?? (madeOn !== null && madeOn < this.today ? madeOn : this.today)
    const isLate = at !== null && date < this.today && (date === checkedOn || date === madeOn) && at > this.now - 48 * hourMs
    const scenario = this.listed.find(({ id, templates }) =>
      todayMission ? id === todayMission.scenarioId : templates.some(({ lines }) => lines.some((line) => line.id === missionId)),
    )
    const isListed = todayMission
      ? todayMission.date === date && this.isListed(todayMission)
      : scenario && this.linesOn(scenario, date).some(({ id }) => id === missionId)
    if (scenario && isListed && this.isReadable(date) && (this.isOpen(date) || isLate)) {
      this.#checks.set(`${missionId} ${date}`, isChecked)
      const version = this.#receiptVersions.get(date)
      if (version !== undefined && !this.isOpen(date)) this.#receiptVersions.set(date, version + 1)
      return { date, scenario }
    }
    // What is gone may be purged by now, or not.
    if (!scenario || !isListed) return { codes: ['NOT_FOUND', 'DAY_CLOSED', 'DATE_OUT_OF_RANGE'] }
    if (this.isReadable(date)) return { codes: ['DAY_CLOSED'] }
    return { codes: todayMission ? ['DATE_OUT_OF_RANGE', 'NOT_FOUND'] : ['DATE_OUT_OF_RANGE'] }
  }

  isReadable(date: string): boolean {
    return date >= addDays(this.today, -limits.historyDays) && date <= addDays(this.today, limits.daysAhead)
  }

  /** What the job does when it comes round. */
  job() {
    const isDue = this.#startOf(addDays(this.#receiptsThrough, 2)) + graceMs <= this.now
    if (isDue && this.#lastSeen.on < utcDate(this.now - limits.historyDays * dayMs)) this.#isSuspended = true
    if (!this.#isSuspended) this.#close(graceMs)
  }

  #close(graceMs: number) {
    while (this.#startOf(addDays(this.#receiptsThrough, 2)) + graceMs <= this.now) {
      // Of days before, which history does not cover, there is no receipt.
      const oldest = addDays(this.#clockDate(this.now), -limits.historyDays)
      this.#receiptsThrough = this.#later(addDays(this.#receiptsThrough, 1), oldest)
      this.#receiptVersions.set(this.#receiptsThrough, 1)
    }
  }

  // What the member sees.

  /** False before it was made, and while it was deleted. */
  hasList({ startsOn, gaps }: Scenario, date: string): boolean {
    return date >= startsOn && !gaps.some(({ from, until }) => date >= from && (until === null || date < until))
  }

  linesOn(scenario: Scenario, date: string): Line[] {
    if (!this.hasList(scenario, date)) return []
    const lines = scenario.templates.findLast(({ since }) => since <= date)?.lines ?? []
    return lines.filter(({ daysOfWeek }) => daysOfWeek.includes(dayOfWeek(date)))
  }

  checklist(scenario: Scenario, date: string) {
    const closed = !this.isOpen(date)
    const items = [
      ...this.linesOn(scenario, date).map(({ id, content }) => ({
        id: `${id}:${date}`,
        missionId: closed && !scenario.templates.at(-1)?.lines.some((line) => line.id === id) ? null : id,
        type: 'BASIC',
        content,
        isChecked: this.#isChecked(id, date),
      })),
      ...this.todayMissions
        .filter((mission) => mission.scenarioId === scenario.id && mission.date === date && this.hasList(scenario, date))
        .map(({ id, content }) => ({ id, missionId: id, type: 'TODAY', content, isChecked: this.#isChecked(id, date) }))
        .reverse(),
    ]
    const phase = date < this.today ? 'PAST' : date === this.today ? 'TODAY' : 'FUTURE'
    return { date, phase, closed, ...countOf(items), items }
  }

  receipts(): Receipt[] {
    return [...this.#receiptVersions].map(([date, version]) => ({
      date,
      ...this.#countsOn(date),
      version,
      paused: this.daysOff.has(date),
    }))
  }

  /** Days off in a row are one pause. */
  pauses() {
    const pauses: { from: string; to: string }[] = []
    for (const date of [...this.daysOff].sort()) {
      const last = pauses.at(-1)
      if (last && addDays(last.to, 1) === date) last.to = date
      else pauses.push({ from: date, to: date })
    }
    return pauses.filter(({ to }) => to >= addDays(this.today, -limits.historyDays))
  }

  receiptOf(date: string): Receipt | null {
    return this.receipts().find((receipt) => receipt.date === date) ?? null
  }

  streaks() {
    const receipts = new Map(this.receipts().map((receipt) => [receipt.date, receipt]))
    let [currentStreak, longestStreak] = [0, 0]
    const [first] = receipts.keys()
    for (let date = first ?? '9999'; date <= this.#receiptsThrough; date = addDays(date, 1)) {
      // A date that the zone leaves out.
      if (this.#startOf(date) === this.#startOf(addDays(date, 1)) || this.daysOff.has(date)) continue
      const { totalCount, checkedCount } = receipts.get(date) ?? { totalCount: 0, checkedCount: 0 }
      currentStreak = totalCount > 0 && checkedCount === totalCount ? currentStreak + 1 : 0
      longestStreak = Math.max(longestStreak, currentStreak)
    }
    return { currentStreak, longestStreak }
  }

  /** Of all scenarios, those too that were deleted later. */
  #countsOn(date: string) {
    const lines = [...this.listed, ...this.deleted].flatMap((scenario) => this.linesOn(scenario, date))
    const ofTheDay = this.todayMissions.filter((mission) => mission.date === date && this.isListed(mission))
    return countOf([...lines, ...ofTheDay].map(({ id }) => ({ isChecked: this.#isChecked(id, date) })))
  }

  isListed({ scenarioId, date }: TodayMission): boolean {
    const scenario = [...this.listed, ...this.deleted].find(({ id }) => id === scenarioId)
    return scenario !== undefined && this.hasList(scenario, date)
  }

  #isChecked = (missionId: string, date: string) => this.#checks.get(`${missionId} ${date}`) ?? false
  #startOf = (date: string) => dayStart(date, this.#zone, this.#startsAt)
  #clockDate = (instant: number) => localDate(instant, this.#zone, this.#startsAt)
  #later = (one: string, other: string) => (one > other ? one : other)
}

const countOf = (items: { isChecked: boolean }[]) => ({
  totalCount: items.length,
  checkedCount: items.filter(({ isChecked }) => isChecked).length,
})

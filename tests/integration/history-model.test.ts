// Hazard 8: Keeping yesterday (docs/concurrency.md).
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { addDays } from '../../src/dates.js'
import { expiredPurge } from '../../src/jobs/expired-purge.job.js'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, addTodayMission, type Client, type GraphQLAnswer, makeMember, moveScenario } from '../support/client.js'
import { sweep } from '../support/days.js'
import { everyDay } from '../support/feed.js'
import { type Check, graceMs, HistoryModel, type Line, type Scenario } from '../support/history-model.js'
import { ManualClock } from '../support/manual-clock.js'

/** Made-up stories of one member, each told to the API and to a plain model; after every step what can be read is the same. */

const long = process.env.LONG === 'true'
const [stories, limitMs] = long ? [2_000, 600_000] : [30, 30_000]

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const firstInstants = ['2011-12-27T03:00:00Z', '2026-03-05T09:30:00Z', '2026-10-22T18:45:00Z', '2026-06-30T23:59:00Z']
// From the first date of the world to the last, over the date line in both directions; clocks that change at midnight and at others.
const zones = [
  'Pacific/Kiritimati',
  'Etc/GMT+12',
  'Pacific/Apia',
  'America/Havana',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Seoul',
]
const starts = ['00:00', '01:30', '02:15', '23:45']

const zone = fc.constantFrom(...zones)
const startsAt = fc.constantFrom(...starts)
/** Chooses one of those that there are. */
const which = fc.nat(1_000)
const offset = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: -2, max: 2 }) }, fc.integer({ min: -33, max: 15 }))
/** Just before a day's end, at it, in its grace, and when that is over. */
const aroundDayEnd = fc.constantFrom(-1_000, 0, graceMs - 1, graceMs)
const noneOr = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 1 })
const isChecked = fc.boolean()
/** A check's statement gives the counts of its list alone; whatever else is selected is read. */
const forCounts = fc.boolean()
/** In the order in which a client may send them: any. */
const daysOfWeek = fc.option(fc.shuffledSubarray(everyDay, { minLength: 1 }), { nil: everyDay })
const is = <const Kind extends string>(kind: Kind) => fc.constant(kind)

const commands = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: is('create'), lines: fc.array(daysOfWeek, { maxLength: 3 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: is('edit'),
      which,
      how: fc.constantFrom('add', 'remove', 'reword', 'reverse', 'rename', 'other days', 'other days'),
      line: which,
      daysOfWeek,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: is('move'), which, toTop: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: is('delete'), which }) },
  { weight: 2, arbitrary: fc.record({ kind: is('restore'), which }) },
  // Brought back, perhaps in the grace of the date of its deletion, which is asked for a mission then.
  { weight: 1, arbitrary: fc.record({ kind: is('gap'), which, ms: aroundDayEnd }) },
  { weight: 2, arbitrary: fc.record({ kind: is('add TODAY'), which, offset }) },
  { weight: 1, arbitrary: fc.record({ kind: is('delete TODAY'), which }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: is('check'), which, offset: fc.option(offset), isChecked, madeMsAgo: fc.constant(null), forCounts }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: is('check'), which, offset: noneOr(offset), isChecked, madeMsAgo: fc.nat(50 * hourMs), forCounts }),
  },
  { weight: 5, arbitrary: fc.record({ kind: is('time'), ms: fc.oneof(fc.nat(2 * hourMs), fc.nat(3 * dayMs)) }) },
  { weight: 4, arbitrary: fc.record({ kind: is('day end'), ms: aroundDayEnd }) },
  // About as long as history is kept; where it was purged just then, what is left is the least.
  { weight: 2, arbitrary: fc.record({ kind: is('away'), days: fc.constantFrom(29, 30, 30, 31, 31, 32, 33, 45), purged: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: is('settings'), timeZone: fc.option(zone), dayStartsAt: fc.option(startsAt) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: is('pause'), offset: fc.integer({ min: -1, max: 9 }), days: fc.integer({ min: 1, max: 20 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: is('resume'), which }) },
  { weight: 3, arbitrary: fc.record({ kind: is('job') }) },
  { weight: 1, arbitrary: fc.record({ kind: is('purge') }) },
)
type Command = typeof commands extends fc.Arbitrary<infer One> ? One : never

const checklist = 'date phase closed totalCount checkedCount items { id missionId type content isChecked }'
/** A look at some dates, as far from today as these. */
const lookAt = (offsets: number[]) => ({
  offsets,
  query: `query (${offsets.map((_, n) => `$d${n}: LocalDate`)}) {
  me { today pauses { from to } } scenarios { id name basicMissions { id content daysOfWeek } ${offsets.map((_, n) => `d${n}: checklist(date: $d${n}) { ${checklist} }`).join(' ')} } }`,
})
/** All that can be read, and what can change by the hour. */
const [wholeWindow, nearDates] = [lookAt(Array.from({ length: 46 }, (_, index) => index - 31)), lookAt([-31, -3, -2, -1, 0, 1, 2])]
const receiptsQuery = `query ($from: LocalDate!, $to: LocalDate!) {
  me { currentStreak longestStreak dayReceipts(from: $from, to: $to) { date totalCount checkedCount version paused } } }`
const checkWith = (selection: string) => `mutation ($input: CheckMissionInput!) { checkMission(input: $input) {
  item { missionId isChecked } receipt { date totalCount checkedCount version paused } checklist { ${selection} } } }`
const [checkMission, checkMissionForCounts] = [checkWith(checklist), checkWith('date phase closed totalCount checkedCount')]
const restoreScenario = 'mutation ($id: ID!) { restoreScenario(input: { id: $id }) { scenarios { id } } }'
const updateScenario = `mutation ($input: UpdateScenarioInput!) {
  updateScenario(input: $input) { scenario { basicMissions { id } } } }`

let app: TestApp
const clock = new ManualClock('2011-01-01T00:00:00Z')
beforeAll(async () => {
  app = await startTestApp({ clock, config: { GRAPHQL_MAX_ALIASES: 100, GRAPHQL_MAX_COST: 10_000_000, GRAPHQL_MAX_TOKENS: 5_000 } })
})
afterAll(() => app.stop())

/** A member and the model of it. */
class Story {
  readonly client: Client
  readonly model: HistoryModel
  readonly #started: number
  /** Every mission that ever was. */
  readonly #missionIds: string[] = []
  readonly #deletedTodayMissions = new Map<string, { scenarioId: string; at: number }>()
  #number = 0

  constructor(client: Client, model: HistoryModel) {
    this.client = client
    this.model = model
    this.#started = model.now
  }

  async do(step: Command): Promise<unknown> {
    const { client, model } = this
    const ofMissions = step.kind === 'check' || step.kind === 'delete TODAY'
    const others = step.kind === 'resume' ? model.pauses() : step.kind === 'restore' ? model.deleted : model.listed
    const choices = ofMissions ? this.#missionIds : others
    if ('which' in step && choices.length === 0) return
    const chosen = 'which' in step ? step.which % choices.length : 0
    const scenario = model.listed[chosen] as Scenario
    const missionId = this.#missionIds[chosen] as string
    if (step.kind === 'time') return this.#goTo(model.now + step.ms)
    if (step.kind === 'day end') return this.#goTo(Math.max(model.dayEnd + step.ms, model.now))
    if (step.kind === 'gap') {
      await this.do({ kind: 'delete', which: step.which })
      await this.do({ kind: 'day end', ms: step.ms })
      await this.do({ kind: 'restore', which: model.deleted.length - 1 })
      return this.do({ kind: 'add TODAY', which: 0, offset: -1 })
    }
    if (step.kind === 'away') this.#goTo(model.now + step.days * dayMs)
    if (step.kind === 'purge' || (step.kind === 'away' && step.purged)) {
      // Another test's worker may have been killed with the mutex in its hand.
      const purge = async () => (await app.app.runner.run(expiredPurge, new AbortController().signal)).outcome
      await vi.waitFor(async () => expect(await purge()).toBe('done'), { timeout: 30_000, interval: 100 })
    }
    if (step.kind === 'purge' || step.kind === 'away') return
    if (step.kind === 'job') {
      model.job()
      return sweep(app)
    }
    model.seen()
    if (step.kind === 'create') {
      const lines = step.lines.map((daysOfWeek) => ({ content: this.#words(), daysOfWeek }))
      const made = await addScenario(client, { name: this.#words(), basicMissions: lines })
      model.create(made.id, `Words ${this.#number}`, this.#known(lines, made.basicMissions))
    } else if (step.kind === 'edit') {
      await this.#edit(scenario, step)
    } else if (step.kind === 'move') {
      const others = model.listed.filter((other) => other !== scenario)
      const [first, last] = [others.at(0)?.id ?? null, others.at(-1)?.id ?? null]
      await client.run(moveScenario, { input: { id: scenario.id, ...(step.toTop ? { nextId: first } : { prevId: last }) } })
      model.listed = step.toTop ? [scenario, ...others] : [...others, scenario]
    } else if (step.kind === 'delete') {
      await client.run('mutation ($id: ID!) { deleteScenario(input: { id: $id }) { deletedId } }', { id: scenario.id })
      model.delete(scenario)
    } else if (step.kind === 'restore') {
      const deleted = model.deleted[chosen] as Scenario
      const answer = await client.request(restoreScenario, { id: deleted.id })
      if (!model.restore(deleted)) return expectCode(answer, 'NOT_FOUND')
      expect(answer.errors).toBeUndefined()
    } else if (step.kind === 'settings') {
      const { timeZone, dayStartsAt } = step
      const input = { ...(timeZone && { timeZone }), ...(dayStartsAt && { dayStartsAt }) }
      if (timeZone || dayStartsAt) model.changeSettings(input)
      await client.run('mutation ($input: UpdateMemberInput!) { updateMember(input: $input) { member { id } } }', { input })
    } else if (step.kind === 'pause') {
      await this.#pause(addDays(model.today, step.offset), step.days)
    } else if (step.kind === 'resume') {
      const { me } = await client.run('{ me { pauses { id from to } } }')
      await client.run('mutation ($id: ID!) { resumeDays(input: { id: $id }) { member { id } } }', { id: me.pauses[chosen].id })
      model.resume(me.pauses[chosen])
    } else if (step.kind === 'add TODAY') {
      await this.#addTodayMission(scenario, addDays(model.today, step.offset))
    } else if (step.kind === 'delete TODAY') {
      await this.#deleteTodayMission(missionId)
    } else {
      const date = step.offset === null ? null : addDays(model.today, step.offset)
      const checkedAt = step.madeMsAgo === null ? null : new Date(model.now - step.madeMsAgo).toISOString()
      await this.#check({ missionId, isChecked: step.isChecked, date, checkedAt }, step.forCounts)
    }
  }

  /** The list, with the checklists of some dates. */
  async expectTheSame({ offsets, query }: typeof wholeWindow) {
    const { client, model } = this
    model.seen()
    const dates = offsets.map((offset) => addDays(model.today, offset))
    const { me, scenarios } = await client.run(query, Object.fromEntries(dates.map((date, n) => [`d${n}`, date])))
    expect(me).toEqual({ today: model.today, pauses: model.pauses() })
    expect(scenarios).toEqual(
      model.listed.map((scenario) => ({
        id: scenario.id,
        name: scenario.name,
        basicMissions: scenario.templates.at(-1)?.lines,
        ...Object.fromEntries(dates.map((date, n) => [`d${n}`, model.checklist(scenario, date)])),
      })),
    )
  }

  /** When all that is due is closed: receipts and streaks. */
  async expectTheSameAtTheEnd() {
    const { client, model } = this
    await this.expectTheSame(wholeWindow)
    await this.do({ kind: 'job' })
    const { dayReceipts, ...streaks } = (await client.run(receiptsQuery, { from: addDays(model.today, -399), to: model.today })).me
    expect(dayReceipts).toEqual(model.receipts())
    expect(streaks).toEqual(model.streaks())
    expect(await app.app.closing.findViolations()).toEqual([])
  }

  #goTo(instant: number) {
    // Receipts are kept for 400 days.
    if (instant > this.#started + 350 * dayMs) return
    this.model.now = instant
    clock.set(new Date(instant).toISOString())
  }

  async #edit(scenario: Scenario, { how, line, daysOfWeek }: Extract<Command, { kind: 'edit' }>) {
    const { client, model } = this
    const lines: (Omit<Line, 'id'> & { id?: string })[] = [...(scenario.templates.at(-1)?.lines ?? [])]
    const at = line % (lines.length + 1)
    if (how === 'add') lines.splice(at, 0, { content: this.#words(), daysOfWeek })
    if (how === 'remove') lines.splice(at, 1)
    if (how === 'reverse') lines.reverse()
    if (how === 'reword' && lines[at]) lines[at] = { ...lines[at], content: this.#words() }
    if (how === 'other days' && lines[at]) lines[at] = { ...lines[at], daysOfWeek }
    // Days that are left out are as they were, or every day.
    const known = scenario.templates.at(-1)?.lines.map(({ id, daysOfWeek }) => [id, daysOfWeek]) as [string, string[]][]
    const before = new Map<string | undefined, string[]>(known)
    const basicMissions = lines.map(({ daysOfWeek, ...rest }) =>
      daysOfWeek === (before.get(rest.id) ?? everyDay) ? rest : { ...rest, daysOfWeek },
    )
    const change = how === 'rename' ? { name: this.#words() } : { basicMissions }
    const made = (await client.run(updateScenario, { input: { id: scenario.id, ...change } })).updateScenario.scenario
    if (how === 'rename') scenario.name = `Words ${this.#number}`
    else model.changeTemplate(scenario, this.#known(lines, made.basicMissions))
  }

  async #pause(from: string, days: number) {
    const input = { from, to: addDays(from, days - 1) }
    const answer = await this.client.request('mutation ($input: PauseDaysInput!) { pauseDays(input: $input) { member { id } } }', { input })
    if (from < this.model.today) return expectCode(answer, 'DATE_OUT_OF_RANGE')
    expect(answer.errors).toBeUndefined()
    this.model.pause(from, input.to)
  }

  async #addTodayMission(scenario: Scenario, date: string) {
    const { client, model } = this
    const content = this.#words()
    const answer = await client.request(addTodayMission, { input: { scenarioId: scenario.id, date, content } })
    if (!model.isReadable(date)) return expectCode(answer, 'DATE_OUT_OF_RANGE')
    if (!model.isOpen(date)) return expectCode(answer, 'DAY_CLOSED')
    if (!model.hasList(scenario, date)) return expectCode(answer, 'NOT_FOUND')
    expect(answer.errors).toBeUndefined()
    const id: string = answer.data?.addTodayMission.item.missionId
    this.#missionIds.push(id)
    model.todayMissions.push({ id, scenarioId: scenario.id, date, content })
  }

  async #deleteTodayMission(missionId: string) {
    const { client, model } = this
    const answer = await client.request('mutation ($id: ID!) { deleteTodayMission(input: { missionId: $id }) { checklist { date } } }', {
      id: missionId,
    })
    const earlier = this.#deletedTodayMissions.get(missionId)
    if (earlier) {
      if (!model.listed.some(({ id }) => id === earlier.scenarioId)) return expectCode(answer, 'NOT_FOUND')
      // That it was there is known for thirty days.
      if (model.now - earlier.at < 30 * dayMs) return expect(answer.errors).toBeUndefined()
      return answer.errors && expectCode(answer, 'NOT_FOUND')
    }
    const mission = model.todayMissions.find(({ id }) => id === missionId)
    const isThere = mission && model.listed.some(({ id }) => id === mission.scenarioId) && model.isListed(mission)
    if (!isThere) return expectCode(answer, 'NOT_FOUND')
    // One that is out of range may be purged by now, or not.
    if (!model.isReadable(mission.date)) return expectCode(answer, 'DATE_OUT_OF_RANGE', 'NOT_FOUND')
    if (!model.isOpen(mission.date)) return expectCode(answer, 'DAY_CLOSED')
    expect(answer.errors).toBeUndefined()
    this.#deletedTodayMissions.set(missionId, { scenarioId: mission.scenarioId, at: model.now })
    model.todayMissions = model.todayMissions.filter((other) => other !== mission)
  }

  async #check(check: Check, forCounts: boolean) {
    const { client, model } = this
    const answer = await client.request(forCounts ? checkMissionForCounts : checkMission, { input: check })
    const expected = model.check(check)
    if ('codes' in expected) return expectCode(answer, ...expected.codes)
    const { date, scenario } = expected
    expect(answer.errors).toBeUndefined()
    const checklist = model.checklist(scenario, date)
    const item = checklist.items.find(({ id }) => id === check.missionId || id === `${check.missionId}:${date}`)
    expect(answer.data?.checkMission).toEqual({
      item: { missionId: item?.missionId, isChecked: check.isChecked },
      receipt: model.isOpen(date) ? null : model.receiptOf(date),
      checklist: { ...checklist, ...(forCounts && { items: undefined }) },
    })
  }

  #words = () => `Words ${++this.#number}`

  /** Lines as they were sent, with the ids that they have got. */
  #known(lines: Omit<Line, 'id'>[], made: { id: string }[]): Line[] {
    for (const { id } of made) if (!this.#missionIds.includes(id)) this.#missionIds.push(id)
    return lines.map(({ content, daysOfWeek }, index) => ({
      id: made[index]?.id as string,
      content,
      daysOfWeek: everyDay.filter((day) => daysOfWeek.includes(day)),
    }))
  }
}

function expectCode({ errors }: GraphQLAnswer<unknown>, ...codes: string[]) {
  expect(codes).toContain(errors?.[0]?.extensions.code)
}

test('whatever a member does, whenever, and whether or not jobs run: every checklist of the window, every receipt and both streaks', {
  timeout: limitMs + 120_000,
}, async () => {
  let told = 0
  const deadline = performance.now() + limitMs
  const story = fc.asyncProperty(
    fc.constantFrom(...firstInstants),
    zone,
    fc.array(commands, { minLength: 12, maxLength: 30, size: 'max' }),
    tell,
  )
  async function tell(firstInstant: string, timeZone: string, steps: Command[]) {
    if (performance.now() > deadline) return
    clock.set(firstInstant)
    const client = await makeMember(app, { timeZone })
    try {
      const one = new Story(client, new HistoryModel(clock.now().getTime(), timeZone))
      await one.do({ kind: 'create', lines: [everyDay, ['MONDAY', 'THURSDAY']] })
      for (const [index, step] of steps.entries()) {
        await one.do(step)
        await one.expectTheSame(index % 4 === 3 ? wholeWindow : nearDates)
      }
      await one.expectTheSameAtTheEnd()
    } finally {
      // The next story may begin before this one.
      await app.database.$executeRaw`DELETE FROM member`
    }
    told++
  }
  await fc.assert(story, { numRuns: stories, ...(!long && { seed: 12 }) })
  console.log(`${told} stories`)
  expect(told).toBeGreaterThan(0)
})

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anotherInstance, startTestApp, type TestApp } from '../support/app.js'
import { Client, makeMember, mutation } from '../support/client.js'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

const devices = 4
/** `npm run test:long` plays all of it. */
const count = process.env.LONG === 'true' ? 2_000 : 400

type Step = { device: number; name: string; input: Record<string, unknown>; isLost: boolean; retriedAfter: number }

/** Always the same numbers. */
function random(seed: number) {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/**
 * What four devices do, one after the other: every kind of change, mostly of things that are there, with one response in five that does
 * not come back; its device sends the same once more when others have done something else.
 */
function script(length: number): Step[] {
  const next = random(20_261_124)
  const pick = <T>(from: T[]): T => from[next(from.length)] as T
  const scenarios: string[] = []
  const lines = new Map<string, string[]>()
  const todayMissions: string[] = []
  const newLine = (scenarioId: string) => {
    const id = randomUUID()
    lines.set(scenarioId, [...(lines.get(scenarioId) ?? []), id])
    return id
  }
  const anyLine = () => pick([...lines.values()].flat())
  const word = () => `Word ${next(1_000)}`
  const make: Record<string, () => [name: string, input: Record<string, unknown>]> = {
    create: () => {
      const id = randomUUID()
      scenarios.push(id)
      return [
        'createScenario',
        {
          id,
          name: word(),
          basicMissions: [
            { id: newLine(id), content: word() },
            { id: newLine(id), content: word() },
          ],
        },
      ]
    },
    rename: () => ['updateScenario', { id: pick(scenarios), name: word(), memo: word() }],
    rewrite: () => {
      const id = pick(scenarios)
      return [
        'updateScenario',
        { id, basicMissions: [...(lines.get(id) ?? []).slice(-3), newLine(id)].map((line) => ({ id: line, content: word() })) },
      ]
    },
    move: () => ['moveScenario', { id: pick(scenarios), prevId: pick(scenarios), nextId: pick(scenarios) }],
    delete: () => ['deleteScenario', { id: pick(scenarios) }],
    // The server makes the ids of these.
    addAnother: () => ['createScenario', { name: word() }],
    addNameless: () => ['addMission', { scenarioId: pick(scenarios), content: word() }],
    addLine: () => {
      const scenarioId = pick(scenarios)
      return ['addMission', { scenarioId, id: newLine(scenarioId), content: word(), prevId: anyLine() }]
    },
    changeLine: () => ['updateMission', { id: anyLine(), content: word() }],
    moveLine: () => ['moveMission', { id: anyLine(), prevId: anyLine(), nextId: anyLine() }],
    deleteLine: () => ['deleteMission', { id: anyLine() }],
    addToday: () => {
      const id = randomUUID()
      todayMissions.push(id)
      return ['addTodayMission', { id, scenarioId: pick(scenarios), content: word() }]
    },
    changeToday: () => ['updateTodayMission', { missionId: pick(todayMissions), content: word() }],
    deleteToday: () => ['deleteTodayMission', { missionId: pick(todayMissions) }],
    check: () => ['checkMission', { missionId: next(4) ? anyLine() : pick(todayMissions), isChecked: next(2) === 0 }],
    checkSeveral: () => [
      'checkMissions',
      { checks: [1, 2, 3].map(() => ({ operationId: randomUUID(), missionId: anyLine(), isChecked: next(2) === 0 })) },
    ],
    ring: () => ['setNotificationsActive', { active: next(2) === 0 }],
    nickname: () => ['updateMember', { nickname: word() }],
  }
  const often = [
    'rename',
    'rewrite',
    'move',
    'move',
    'addLine',
    'changeLine',
    'moveLine',
    'addToday',
    'check',
    'check',
    'check',
    'checkSeveral',
  ]
  const kinds = [...often, ...often, ...often, ...Object.keys(make)]
  return Array.from({ length }, (_, index) => {
    const kind = index < 8 ? 'create' : index === 8 ? 'addToday' : pick(kinds)
    const [name, input] = (make[kind] as (typeof make)[string])()
    const operation = name === 'checkMissions' ? {} : { operationId: randomUUID() }
    return { device: next(devices), name, input: { ...operation, ...input }, isLost: next(5) === 0, retriedAfter: 1 + next(12) }
  })
}

const state = `{
  me { nickname listVersion }
  scenarios { id name memo version basicMissions { id content version } checklist { items { id content isChecked } } }
  notifications { items { scenarioId } }
}`

/** Four devices of a new member, on two instances. */
async function makeDevices(second: TestApp) {
  const member = await makeMember(app)
  return Array.from({ length: devices }, (_, n) => (n % 2 ? member : new Client(second.url, member.token, member.memberId)))
}

/** Does all steps in turn; with `loses`, what is lost is sent once more, by the same device, while others go on. Gives how all is then. */
async function play(steps: Step[], second: TestApp, { loses }: { loses: boolean }) {
  const clients = await makeDevices(second)
  const send = ({ device, name, input }: Step) => (clients[device] as Client).request(mutation(name, '__typename'), { input })
  const due = new Map<number, Step[]>()
  const retries: Promise<unknown>[] = []
  let done = 0
  for (const [index, step] of steps.entries()) {
    const { data, errors } = await send(step)
    // What was rejected was not done: its retry might be another story in another order.
    if (!errors && data?.[step.name]) done++
    if (loses && step.isLost && !errors) due.set(index + step.retriedAfter, [...(due.get(index + step.retriedAfter) ?? []), step])
    for (const lost of due.get(index) ?? []) retries.push(send(lost))
  }
  await Promise.all(retries)
  return { done, retried: retries.length, end: await (clients[0] as Client).run(state) }
}

const withoutOperations = (steps: Step[]): Step[] =>
  steps.map(({ input: { operationId: _, ...input }, ...step }) => ({
    ...step,
    input: 'checks' in input ? { checks: (input.checks as { operationId: string }[]).map(({ operationId: _, ...check }) => check) } : input,
  }))

/** The ids are made by the script: so the same story can be told of two members, and both ends be compared. */
test(`${count} operations of four devices, one response in five lost and the operation sent again, end as without loss`, {
  timeout: 240_000,
}, async () => {
  const second = await anotherInstance(app)
  const steps = script(count)
  const [whole, lossy] = await Promise.all([play(steps, second, { loses: false }), play(steps, second, { loses: true })])
  expect(whole.done).toBeGreaterThan(0.6 * count)
  expect(lossy.retried).toBeGreaterThan(0.1 * count)
  expect(lossy.end).toEqual(whole.end)
  expect(lossy.done).toBe(whole.done)
  expect(await app.app.closing.findViolations()).toEqual([])
})

test('without operation ids they end otherwise', { timeout: 120_000 }, async () => {
  const second = await anotherInstance(app)
  const steps = withoutOperations(script(300))
  const [whole, lossy] = await Promise.all([play(steps, second, { loses: false }), play(steps, second, { loses: true })])
  expect(lossy.end).not.toEqual(whole.end)
})

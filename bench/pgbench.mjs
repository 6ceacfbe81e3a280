// pgbench with Doorstep's own statements: what the database alone could do.
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { missionsEach, scenariosEach, sqlId } from './seed.mjs'

const { Prisma } = await import('../dist/generated/prisma/client.js')
const { systemClock } = await import('../dist/clock.js')
const { findCommand, installSystemPackage } = await import('../dist/embedded/system-package.js')
const { lockMembers } = await import('../dist/member/lock.js')
const { writeChecks } = await import('../dist/mission/check.sql.js')
const { writePositions } = await import('../dist/scenario/scenario.sql.js')
const { readOrders } = await import('../dist/snapshot/order.sql.js')

const calendar = { clock: systemClock, graceMs: 120_000 }

/** The path of pgbench. Debian has it with the server, beside no other command. */
async function findPgbench() {
  const debian = '/usr/lib/postgresql'
  const find = () =>
    findCommand('pgbench') ??
    (existsSync(debian) ? readdirSync(debian) : []).map((version) => `${debian}/${version}/bin/pgbench`).find((path) => existsSync(path))
  const found = find()
  if (found) return found
  const say = (command) => console.error(`bench: no pgbench, so this is run: ${command}`)
  await installSystemPackage({ apt: 'postgresql-contrib', brew: 'postgresql' }, say)
  return find()
}

/** The statements that some functions of Doorstep send, with `values` in the place of what they were called with. */
async function statementsOf(values, send) {
  const sent = []
  // A tagged template, or a statement that was made before. What a function makes of the rows is of no interest, and there are none.
  const capture = async (first, ...parameters) => {
    sent.push(Array.isArray(first) ? Prisma.sql(first, ...parameters) : first)
    return []
  }
  await send({ $queryRaw: capture, $executeRaw: capture })
  return sent.map(({ text, values: parameters }) => {
    const inPlace = parameters.reduceRight((sql, value, index) => sql.replaceAll(`$${index + 1}`, literal(value, values)), text)
    // What stands after a colon is a variable for pgbench, in strings too.
    return `${inPlace
      .replaceAll("'HH24:MI'", "E'HH24\\x3AMI'")
      .replaceAll(/'YYYY-[^']*'/g, "'YYYY'")
      .replaceAll(/--[^\n]*/g, '')
      .replaceAll(/\s+/g, ' ')};`
  })
}

function literal(value, values) {
  if (Array.isArray(value)) return `ARRAY[${value.map((one) => literal(one, values)).join(', ')}]`
  if (values.has(value)) return values.get(value)
  // As a driver does, what is undefined is sent as NULL.
  return typeof value === 'string' ? `'${value}'` : String(value ?? null)
}

const memberId = { toString: () => 'member' }
const itsId = { toString: () => 'id' }
const newId = { toString: () => 'new' }
const chance = { toString: () => 'chance' }

/** A check of any of the lines, as its owner. */
const check = () =>
  statementsOf(
    new Map([
      [memberId, `(${sqlId('member', `:n / ${scenariosEach * missionsEach}`)})`],
      [itsId, `(${sqlId('mission', ':n')})`],
      [newId, 'uuidv7()'],
      [chance, '(:c = 1)'],
    ]),
    (db) =>
      writeChecks(db, calendar, [{ id: newId, memberId, missionId: itsId, isChecked: chance, date: null, checkedAt: null }], {
        waitForLocks: false,
        withCounts: true,
      }),
  )

/** A move of any scenario to any place. */
const move = () =>
  statementsOf(
    new Map([
      [memberId, `(${sqlId('member', `:n / ${scenariosEach}`)})`],
      [itsId, `(${sqlId('scenario', ':n')})`],
      [chance, ':c'],
    ]),
    async (db) => {
      await lockMembers(db, [memberId], { waitForLocks: true })
      await readOrders(db, new Map([[memberId, { listVersion: 1 }]]))
      await writePositions(db, systemClock, [{ memberId, moves: 1, changed: [{ id: itsId, position: chance }], operations: [] }])
    },
  )

export const scripts = {
  check: async (members) => [
    `\\set n random(0, ${members * scenariosEach * missionsEach - 1})`,
    '\\set c random(0, 1)',
    ...(await check()),
  ],
  move: async (members) => [
    `\\set n random(0, ${members * scenariosEach - 1})`,
    '\\set c random(-2000000000, 2000000000)',
    'BEGIN;',
    ...(await move()),
    'COMMIT;',
  ],
}

/** Runs each script once, without pgbench: whether they still fit the tables. */
export async function tryScripts(databaseUrl) {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  for (const script of Object.values(scripts)) {
    for (const line of await script(1)) {
      if (!line.startsWith('\\')) await client.query(line.replaceAll(/(?<!:):n\b/g, '7').replaceAll(/(?<!:):c\b/g, '1'))
    }
  }
  await client.end()
}

/** Runs a script by so many clients for some seconds; gives transactions a second. */
export async function pgbench({ databaseUrl, file, script, connections, seconds }) {
  await writeFile(file, `${script.join('\n')}\n`)
  const args = [databaseUrl, '-n', '-M', 'prepared', '-f', file, '-c', String(connections), '-j', '1', '-T', String(seconds)]
  const { stdout } = await promisify(execFile)(await findPgbench(), args)
  return { perSecond: Number(/tps = ([\d.]+)/.exec(stdout)[1]), p50Ms: null, p99Ms: null }
}

// pgbench with Doorstep's own statements: what the database alone could do.
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { missionsEach, scenariosEach, sqlId } from './seed.mjs'

const { Prisma } = await import('../dist/generated/prisma/client.js')
const { systemClock } = await import('../dist/clock.js')
const { findCommand, installSystemPackage } = await import('../dist/embedded/system-package.js')
const { lockMembers } = await import('../dist/member/lock.js')
const mission = await import('../dist/mission/mission.sql.js')
const scenario = await import('../dist/scenario/scenario.sql.js')
const { ownFieldsOnly } = await import('../dist/snapshot/parts.js')
const { branch, leaves } = await import('../dist/snapshot/shape.js')
const { readSnapshot } = await import('../dist/snapshot/snapshot.sql.js')

/** As in the mutation of the benchmark. */
const tickShape = [branch('item', leaves('id', 'isChecked')), branch('checklist', leaves('checkedCount', 'totalCount'))]
const days = { clock: systemClock, graceMs: 120_000 }

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
  const capture = async (strings, ...parameters) => {
    sent.push(Prisma.sql(strings, ...parameters))
    return [{}]
  }
  // What a function makes of the answer is of no interest, and there is none.
  const rowsOf = async (statement) => {
    sent.push(statement)
    return []
  }
  await send({ $queryRaw: capture, $executeRaw: capture, rowsOf }).catch(() => {})
  return sent.map(({ text, values: parameters }) => {
    const inPlace = parameters.reduceRight((sql, value, index) => sql.replaceAll(`$${index + 1}`, literal(value, values)), text)
    // What stands after a colon is a variable for pgbench, in strings too.
    return `${inPlace
      .replaceAll("'HH24:MI'", "E'HH24\\x3AMI'")
      .replaceAll(/'YYYY-[^']*'/g, "'YYYY'")
      .replaceAll(/\s+/g, ' ')};`
  })
}

function literal(value, values) {
  if (Array.isArray(value)) return `ARRAY[${value.map((one) => literal(one, values)).join(', ')}]`
  if (values.has(value)) return values.get(value)
  return typeof value === 'string' ? `'${value}'` : String(value)
}

const memberId = { toString: () => 'member' }
const itsId = { toString: () => 'id' }
const chance = { toString: () => 'chance' }

/** A tick of any of the missions, as its owner. */
const tick = () =>
  statementsOf(
    new Map([
      [memberId, `(${sqlId('member', `:n / ${scenariosEach * missionsEach}`)})`],
      [itsId, `(${sqlId('mission', ':n')})`],
      [chance, '(:c = 1)'],
    ]),
    (db) => mission.tick(db, days, tickShape, [{ memberId, missionId: itsId, isChecked: chance, date: null }], { patient: false }),
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
      await lockMembers(db, days, [memberId], { patient: true })
      await readSnapshot(db, days, { memberId, parts: ownFieldsOnly }).catch(() => {})
      await scenario.writePositions(db, [{ memberId, moves: 1, changed: [{ id: itsId, position: chance }] }])
    },
  )

export const scripts = {
  tick: async (members) => [`\\set n random(0, ${members * scenariosEach * missionsEach - 1})`, '\\set c random(0, 1)', ...(await tick())],
  move: async (members) => [
    `\\set n random(0, ${members * scenariosEach - 1})`,
    '\\set c random(-2000000000, 2000000000)',
    'BEGIN;',
    ...(await move()),
    'COMMIT;',
  ],
}

/** Runs a script by so many clients for some seconds; gives transactions a second. */
export async function pgbench({ databaseUrl, file, script, connections, seconds }) {
  await writeFile(file, `${script.join('\n')}\n`)
  const args = [databaseUrl, '-n', '-M', 'prepared', '-f', file, '-c', String(connections), '-j', '1', '-T', String(seconds)]
  const { stdout } = await promisify(execFile)(await findPgbench(), args)
  return { perSecond: Number(/tps = ([\d.]+)/.exec(stdout)[1]), p50Ms: null, p99Ms: null }
}

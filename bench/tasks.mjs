// What is measured: the requests of each task, and who does it.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { checkRequest, listRequest } from './contenders/postgraphile/requests.mjs'
import { load, writeRequests } from './load.mjs'
import { pgbench, scripts } from './pgbench.mjs'
import { pollsOf, requestsOf } from './requests.mjs'

export const connections = 32

/** The tasks that are wanted, each with its contenders: `measure` loads one of them, and gives what it did. */
export async function tasksOf(stage, contenders, wanted) {
  const { tokens, today, members } = stage
  const http = async (name, requests) => {
    const server = contenders[name]
    if (!server) return []
    const file = await writeRequests(join(stage.dir, `${randomUUID()}.requests`), requests)
    return [{ name, pid: server.pid, measure: (options) => load({ url: server.url, file, connections, ...options }) }]
  }
  const inDatabase = (script, howMany) => {
    const options = { databaseUrl: stage.databaseUrl, connections, file: join(stage.dir, `${randomUUID()}.sql`) }
    return [{ name: 'pgbench', measure: async ({ seconds }) => pgbench({ ...options, seconds, script: await script(howMany) }) }]
  }
  const all = async (...parts) => (await Promise.all(parts)).flat()

  const { lists, checks, moves, hotMoves } = requestsOf(stage)
  const listsByPostgraphile = tokens.map((token) => ({ token, body: listRequest({ date: today }) }))
  const checksByPostgraphile = checks.map(({ token, body }) => ({ token, body: checkRequest({ ...body.variables.input, date: today }) }))
  const ofDoorstep = await pollsOf(stage, contenders.Doorstep)
  // Its etags may be others.
  const ofEarlier = contenders.earlier ? await pollsOf(stage, contenders.earlier) : ofDoorstep

  const tasks = {
    list: () =>
      all(
        http('Doorstep', lists),
        http('earlier', lists),
        http('by hand', lists),
        http('PostGraphile 5', listsByPostgraphile),
        http('the common way', lists),
      ),
    check: () =>
      all(
        http('Doorstep', checks),
        http('earlier', checks),
        http('by hand', checks),
        http('PostGraphile 5', checksByPostgraphile),
        http('the common way', checks),
        inDatabase(scripts.check, members),
      ),
    'move, distinct members': () => all(http('Doorstep', moves), http('earlier', moves), inDatabase(scripts.move, members)),
    'move, one hot member': () => all(http('Doorstep', hotMoves), http('earlier', hotMoves), inDatabase(scripts.move, 1)),
    'poll, not modified': () =>
      all(http('Doorstep', ofDoorstep.polls), http('earlier', ofEarlier.polls), http('by hand', ofDoorstep.polls)),
    'poll, modified': () =>
      all(http('Doorstep', ofDoorstep.oldPolls), http('earlier', ofEarlier.oldPolls), http('by hand', ofDoorstep.oldPolls)),
  }
  const names = Object.keys(tasks).filter((name) => !wanted || wanted.some((one) => name.startsWith(one)))
  return Promise.all(names.map(async (name) => ({ name, contenders: await tasks[name]() })))
}

import { addScenario, Client, checkMission, lines, makeMember, moveScenario } from './client.js'
import { feedQuery } from './feed.js'

/** What members saw. */
type Seen = { operations: number; failed: string[]; slowestMs: number }

/** Eight members who move, check, poll and read at a URL, one operation after the other, until they are told to end. */
export function liveThrough(url: string, { signedInAt }: { signedInAt: string }) {
  const seen: Seen = { operations: 0, failed: [], slowestMs: 0 }
  let done = false
  const living = Promise.all(Array.from({ length: 8 }, () => live({ url, signedInAt, seen, done: () => done })))
  return {
    seen,
    async end(): Promise<Seen> {
      done = true
      await living
      return seen
    },
  }
}

async function live({ url, signedInAt, seen, done }: { url: string; signedInAt: string; seen: Seen; done(): boolean }) {
  const { token, memberId } = await makeMember({ url: signedInAt })
  const client = new Client(url, token, memberId)
  const [first, second] = [await addScenario(client, { basicMissions: lines('Keys') }), await addScenario(client)]
  const missionId = first.basicMissions[0]?.id
  for (let turn = 0; !done(); turn++) {
    const operations: [string, object][] = [
      [moveScenario, { input: turn % 2 ? { id: first.id, prevId: second.id } : { id: first.id, nextId: second.id } }],
      [checkMission, { input: { missionId, isChecked: turn % 2 === 0 } }],
      [feedQuery, {}],
      ['{ scenarios { id checklist { items { id isChecked } } } }', {}],
    ]
    const since = performance.now()
    try {
      const { errors } = await client.request(...(operations[turn % operations.length] as [string, object]))
      if (errors) seen.failed.push(JSON.stringify(errors[0]))
    } catch (error) {
      seen.failed.push(`${error} ${(error as Error).cause ?? ''}`)
    }
    seen.operations++
    seen.slowestMs = Math.max(seen.slowestMs, performance.now() - since)
  }
}

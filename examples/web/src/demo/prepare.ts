import { openDoorstep } from '../../../client/src/doorstep.js'
import type { DayOfWeek } from '../../../client/src/generated/graphql.js'
import { memoryStorage } from '../../../client/src/storage.js'
import { languages } from '../words/languages.js'
import { firstLanguage } from '../words/words.js'

const weekdays: DayOfWeek[] = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY']
const days: Record<string, DayOfWeek[]> = { weekdays, gym: ['MONDAY', 'WEDNESDAY', 'FRIDAY'] }

/** Makes a new member with a few lists, of whom the two devices are; gives the handle to sign in with. */
export async function prepare(): Promise<string> {
  const handle = `demo-${crypto.randomUUID().slice(0, 8)}`
  const url = new URL('/graphql', location.href).href
  const doorstep = await openDoorstep({ url, storage: memoryStorage(), isLive: false, feedEveryMs: 3_600_000 })
  await doorstep.session.signInForDevelopment({ handle, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone })
  const { lists, nickname } = languages[firstLanguage()].demo
  // Each goes on top of those before it.
  for (const { name, memo, lines, time, days: named } of lists.toReversed()) {
    const notification = time && named ? { active: true, method: 'PUSH' as const, time, daysOfWeek: days[named] ?? weekdays } : null
    void doorstep.perform('createScenario', { name, memo, basicMissions: lines.map((content) => ({ content })), notification })
  }
  await doorstep.perform('updateMember', { nickname })
  await doorstep.close()
  return handle
}

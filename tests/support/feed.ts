import type { Client } from './client.js'

export const everyDay = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY']

/** A notification that rings. */
export const notificationAt = (time = '07:30', daysOfWeek = everyDay) => ({ active: true, method: 'ALARM', daysOfWeek, time })

/** The church of St. Mary in Seoul, as one comes out. */
export const place = { latitude: 37.563_276, longitude: 126.987_361, radiusMeters: 150, on: 'LEAVE', from: null, until: null }

/** A notification that rings there. */
export const atThePlace = { active: true, method: 'PUSH', daysOfWeek: everyDay, place }

type Entries = { scenarioId: string; [field: string]: unknown }[]
export type Feed = { etag: string; notModified: boolean; items: Entries | null; places: Entries | null }

const feed = `{
  etag notModified
  items { scenarioId name memo method daysOfWeek time }
  places { scenarioId name memo method daysOfWeek place { latitude longitude radiusMeters on from until } }
}`

export const feedQuery = `query ($ifNoneMatch: String) { notifications(ifNoneMatch: $ifNoneMatch) ${feed} }`

export const readFeed = async (client: Client, ifNoneMatch?: string): Promise<Feed> =>
  (await client.run(feedQuery, { ifNoneMatch })).notifications

export const updateScenario = (client: Client, input: object) =>
  client.run('mutation ($input: UpdateScenarioInput!) { updateScenario(input: $input) { scenario { version } } }', { input })

export const deleteScenario = (client: Client, id: string) =>
  client.run('mutation ($input: DeleteScenarioInput!) { deleteScenario(input: $input) { deletedId } }', { input: { id } })

export const setNotificationsActive = async (client: Client, active: boolean): Promise<Feed> =>
  (
    await client.run(`mutation ($input: SetNotificationsActiveInput!) { setNotificationsActive(input: $input) ${feed} }`, {
      input: { active },
    })
  ).setNotificationsActive

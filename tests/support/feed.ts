import type { Client } from './client.js'

export const everyDay = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY']

/** A notification that rings. */
export const bell = (time = '07:30', daysOfWeek = everyDay) => ({ active: true, method: 'ALARM', daysOfWeek, time })

export type Feed = { etag: string; notModified: boolean; items: { scenarioId: string; [field: string]: unknown }[] | null }

export const feedQuery = `query ($ifNoneMatch: String) {
  notifications(ifNoneMatch: $ifNoneMatch) { etag notModified items { scenarioId name memo method daysOfWeek time } }
}`

export const readFeed = async (client: Client, ifNoneMatch?: string): Promise<Feed> =>
  (await client.run(feedQuery, { ifNoneMatch })).notifications

export const updateScenario = (client: Client, input: object) =>
  client.run('mutation ($input: UpdateScenarioInput!) { updateScenario(input: $input) { scenario { version } } }', { input })

export const deleteScenario = (client: Client, id: string) =>
  client.run('mutation ($input: DeleteScenarioInput!) { deleteScenario(input: $input) { deletedId } }', { input: { id } })

export const setNotificationsActive = async (client: Client, active: boolean): Promise<Feed> =>
  (
    await client.run(
      `mutation ($input: SetNotificationsActiveInput!) {
        setNotificationsActive(input: $input) { etag notModified items { scenarioId name memo method daysOfWeek time } }
      }`,
      { input: { active } },
    )
  ).setNotificationsActive

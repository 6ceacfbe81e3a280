import { randomUUID } from 'node:crypto'

export type GraphQLAnswer<T> = {
  data: T | null
  errors?: { message: string; path?: (string | number)[]; extensions: { code: string; [key: string]: unknown } }[]
}

// biome-ignore lint/suspicious/noExplicitAny: what comes back is as the query says
type Data = Record<string, any>

/** A GraphQL client of one member, or of nobody. */
export class Client {
  constructor(
    readonly url: string,
    readonly token: string | null = null,
    readonly memberId = '',
  ) {}

  /** The answer as it came, errors and all. */
  async request<T = Data>(query: string, variables: Data = {}, headers: Record<string, string> = {}): Promise<GraphQLAnswer<T>> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
    })
    return (await response.json()) as GraphQLAnswer<T>
  }

  /** The data; fails where there are errors. */
  async run<T = Data>(query: string, variables: Data = {}): Promise<T> {
    const { data, errors } = await this.request<T>(query, variables)
    if (errors) throw new Error(`${query}\n${JSON.stringify(errors, null, 2)}`)
    return data as T
  }

  /** The first error; fails where there is none. */
  async rejection(query: string, variables: Data = {}) {
    const { data, errors } = await this.request(query, variables)
    if (!errors?.[0]) throw new Error(`There was no error, but ${JSON.stringify(data)}`)
    return { ...errors[0].extensions, message: errors[0].message } as { code: string; message: string; [key: string]: unknown }
  }
}

/** Signs a new member in. */
export async function makeMember({ url }: { url: string }, input: { handle?: string; timeZone?: string } = {}): Promise<Client> {
  const { signInForDevelopment: session } = await new Client(url).run(
    `mutation ($input: SignInForDevelopmentInput!) { signInForDevelopment(input: $input) { accessToken member { id } } }`,
    { input: { handle: randomUUID(), ...input } },
  )
  return new Client(url, session.accessToken, session.member.id)
}

export type MadeScenario = { id: string; version: number; basicMissions: { id: string; content: string }[] }

/** Adds a scenario at the top of a member's list. */
export async function addScenario(client: Client, input: Data = {}): Promise<MadeScenario> {
  const { createScenario } = await client.run(
    `mutation ($input: CreateScenarioInput!) { createScenario(input: $input) { scenario { id version basicMissions { id content version } } } }`,
    { input: { name: 'Leaving home', ...input } },
  )
  return createScenario.scenario
}

/** A member with so many scenarios, in the list's order. */
export async function makeList(app: { url: string }, count: number): Promise<{ client: Client; ids: string[] }> {
  const client = await makeMember(app)
  const ids: string[] = []
  for (let index = count; index > 0; index--) ids.unshift((await addScenario(client, { name: `Scenario ${index}` })).id)
  return { client, ids }
}

/** Lines of a template. */
export const lines = (...contents: string[]) => contents.map((content) => ({ content }))

/** The document of a mutation that has an input. */
export const mutation = (name: string, selection: string) =>
  `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${selection} } }`

/** A check whose response is of its statement alone. */
export const checkForCounts = mutation('checkMission', 'item { id isChecked } checklist { checkedCount totalCount }')

export const checkMission = `mutation ($input: CheckMissionInput!) {
  checkMission(input: $input) {
    item { id missionId type content isChecked }
    checklist { date phase closed checkedCount totalCount items { id missionId type content isChecked } }
  }
}`

export const addTodayMission = `mutation ($input: AddTodayMissionInput!) {
  addTodayMission(input: $input) {
    item { id missionId type content isChecked }
    checklist { date phase closed totalCount items { id missionId type content isChecked } }
  }
}`

export const moveScenario = `mutation ($input: MoveScenarioInput!) {
  moveScenario(input: $input) { listVersion rebalanced scenario { id } scenarios { id } }
}`

export const pauseDays = mutation('pauseDays', 'member { pauses { id from to } }')

export const resumeDays = mutation('resumeDays', 'member { pauses { id from to } }')

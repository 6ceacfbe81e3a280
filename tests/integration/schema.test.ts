import { readFileSync } from 'node:fs'
import {
  buildASTSchema,
  findBreakingChanges,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  parse,
  printSchema,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.js'
import { Client } from '../support/client.js'

let app: TestApp
let schema: GraphQLSchema
beforeAll(async () => {
  app = await startTestApp({ config: { NODE_ENV: 'development' } })
  schema = app.app.schema
})
afterAll(() => app.stop())

test('schema.graphql is the schema of the running server', async () => {
  const sdl = `# biome-ignore-all format: generated from the running server. Renew it with: npm test -- schema -u

${printSchema(lexicographicSortSchema(schema))}
`
  await expect(sdl).toMatchFileSnapshot('../../schema.graphql')
})

test('every type, field, argument and input field says what it is', () => {
  const undescribed = [...parts(schema)].filter(({ description, says }) => !says && !description)
  expect(undescribed.map(({ coordinate }) => coordinate)).toEqual([])
})

/** Mutation check: red without `simpleResolvers` at FeedEntry, which no subclass inherits: type-graphql then calls a function of its own for each field. */
test('no field has a function but those that the resolvers give one', () => {
  const resolved = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter((type) => !isIntrospectionType(type) && !/^(Query|Mutation|Subscription)$/.test(type.name))
    .flatMap((type) => Object.values(type.getFields()).flatMap(({ name, resolve }) => (resolve ? [`${type.name}.${name}`] : [])))
  expect(resolved.sort()).toEqual([
    'Checklist.scenario',
    'Member.currentStreak',
    'Member.dayReceipts',
    'Member.deletedScenarios',
    'Member.longestStreak',
    'Member.pauses',
    'Member.scenarios',
    'Member.sessions',
    'Scenario.checklist',
    'ScenarioNotification.nextOccurrences',
  ])
})

describe('the contract', () => {
  const text = readFileSync(new URL('../support/contract.graphql', import.meta.url), 'utf8')

  test('everything in it exists, with the same names, kinds and nullability', () => {
    expect(differences(schemaOf(text), schema)).toEqual([])
  })

  test.each([
    ['rebalanced: Boolean!', 'balanced: Boolean!', 'MoveScenarioPayload.balanced is missing, not Boolean!'],
    ['today: LocalDate!', 'today: LocalDate', 'Member.today is LocalDate!, not LocalDate'],
    ['basicMissions: [Mission!]!', 'basicMissions: [Mission]!', 'Scenario.basicMissions is [Mission!]!, not [Mission]!'],
    ['scenario(id: ID!)', 'scenario(id: ID)', 'Query.scenario(id:) is ID!, not ID'],
    ['expectedListVersion: Int', 'expectedListVersion: ID', 'MoveScenarioInput.expectedListVersion is Int, not ID'],
    ['PAST TODAY', 'PAST NOW TODAY', 'DayPhase.NOW is missing, not a value'],
    ['interface Node { id: ID! }', 'interface Node { id: ID! at: ID }', 'Node.at is missing, not ID'],
    [
      'type NotificationFeed {',
      'type NotificationFeed implements Node { id: ID!',
      'NotificationFeed implements Node is missing, not an interface',
    ],
    ['scalar TimeZone', 'enum TimeZone { UTC }', 'TimeZone is a GraphQLScalarType, not a GraphQLEnumType'],
  ])('a contract with %s as %s would not be met', (now, other, difference) => {
    expect(text).toContain(now)
    expect(differences(schemaOf(text.replace(now, other)), schema)).toContain(difference)
  })

  test('a client written for it does not break', () => {
    expect(findBreakingChanges(schemaOf(text), schema)).toEqual([])
  })
})

describe('in production', () => {
  let production: TestApp
  beforeAll(async () => {
    production = await startTestApp({ config: { NODE_ENV: 'production' } })
  })
  afterAll(() => production.stop())

  test('nothing but the sign-in for development is missing from the schema', () => {
    const here = signatures(production.app.schema)
    expect([...signatures(schema).keys()].filter((coordinate) => !here.has(coordinate)).sort()).toEqual([
      'Mutation.signInForDevelopment',
      'Mutation.signInForDevelopment(input:)',
      'SignInForDevelopmentInput',
      'SignInForDevelopmentInput.handle',
      'SignInForDevelopmentInput.timeZone',
    ])
  })

  test.each([
    'mutation { signInForDevelopment(input: { handle: "newcomer" }) { accessToken } }',
    '{ __schema { queryType { name } } }',
    '{ __type(name: "Member") { name } }',
  ])('%s is no valid operation, as it is in development', async (operation) => {
    expect((await new Client(production.url).rejection(operation)).code).toBe('GRAPHQL_VALIDATION_FAILED')
    expect(await new Client(app.url).run(operation)).toEqual(expect.any(Object))
  })

  test.each(['/', '/graphql'])('a browser gets no page at %s', async (path) => {
    const response = await fetch(production.url + path, { headers: { accept: 'text/html' } })
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(response.headers.get('content-type')).toContain('application/json')
  })
})

const schemaOf = (contract: string): GraphQLSchema => buildASTSchema(parse(contract))

/** Where the second schema lacks something of the first, or has it as something else. */
function differences(promised: GraphQLSchema, given: GraphQLSchema): string[] {
  const ours = signatures(given)
  return [...signatures(promised)]
    .filter(([coordinate, signature]) => ours.get(coordinate) !== signature)
    .map(([coordinate, signature]) => `${coordinate} is ${ours.get(coordinate) ?? 'missing'}, not ${signature}`)
}

const signatures = (of: GraphQLSchema) => new Map([...parts(of)].map(({ coordinate, signature }) => [coordinate, signature]))

/** `says` is true where the name says it all, so that a description may be missing. */
type Part = { coordinate: string; signature: string; description?: string | null | undefined; says?: boolean }

/** Everything of a schema that a client can name, under its schema coordinate. */
function* parts(of: GraphQLSchema): Generator<Part> {
  for (const type of Object.values(of.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue
    const isRoot = [of.getQueryType(), of.getMutationType(), of.getSubscriptionType()].includes(type as never)
    yield { coordinate: type.name, signature: `a ${type[Symbol.toStringTag]}`, description: type.description, says: isRoot }
    if (isEnumType(type)) {
      for (const { name } of type.getValues()) yield { coordinate: `${type.name}.${name}`, signature: 'a value', says: true }
    }
    if (isInputObjectType(type)) {
      for (const { name, type: of, description } of Object.values(type.getFields())) {
        yield { coordinate: `${type.name}.${name}`, signature: `${of}`, description }
      }
    }
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const { name } of type.getInterfaces())
        yield { coordinate: `${type.name} implements ${name}`, signature: 'an interface', says: true }
      for (const { name: field, type: of, description, args } of Object.values(type.getFields())) {
        yield { coordinate: `${type.name}.${field}`, signature: `${of}`, description }
        for (const { name, type: of, description } of args) {
          // The one argument of a mutation, whose type says what it is.
          yield { coordinate: `${type.name}.${field}(${name}:)`, signature: `${of}`, description, says: name === 'input' }
        }
      }
    }
  }
}

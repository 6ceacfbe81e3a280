import { readdirSync, readFileSync } from 'node:fs'
import {
  type ASTNode,
  buildSchema,
  type FieldNode,
  getNullableType,
  isListType,
  isObjectType,
  Kind,
  parse,
  print,
  separateOperations,
  visit,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { settings } from '../../src/config.js'
import { CachedDocument, DocumentCache } from '../../src/graphql/document-cache.js'
import { listSizes, rowsRead } from '../../src/graphql/limits/list-sizes.js'
import { pointsOf } from '../../src/graphql/limits/points.js'

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'))
const config = settings.parse({})
const documents = new DocumentCache(schema, {
  tokens: config.GRAPHQL_MAX_TOKENS,
  depth: config.GRAPHQL_MAX_DEPTH,
  aliases: config.GRAPHQL_MAX_ALIASES,
  directives: config.GRAPHQL_MAX_DIRECTIVES,
  fragments: config.GRAPHQL_MAX_FRAGMENTS,
  cost: config.GRAPHQL_MAX_COST,
  introspection: true,
})

/** What it counts for in the rate limits, or that it is rejected. */
function price(source: string): number | string {
  const document = documents.getOrLoad(source)
  if (document === null || (document instanceof CachedDocument && !document.valid)) throw new Error(`This is not valid: ${source}`)
  return document instanceof CachedDocument ? pointsOf(document, null) : document.rejection
}

const typeName: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }
const times = (count: number, make: (index: number) => string) => Array.from({ length: count }, (_, index) => make(index)).join(' ')
const everything = `id name memo version notification { active method daysOfWeek time } basicMissions { id content version }
  checklist { date phase closed checkedCount totalCount items { id missionId type content isChecked } }`

describe('a price is by what the limits of the product permit', () => {
  // Mutation check: with lists taken for ten things each, twenty of them were eleven points, and gave 46 MB in 8.7 s.
  test('a list with all its checklists is a point, and twenty of them are too much', () => {
    expect(price(`{ scenarios { ${everything} } }`)).toBe(1)
    expect(price('{ scenarios { checklist { items { content isChecked } } } }')).toBe(1)
    const twenty = times(20, (index) => `a${index}: scenarios { checklist { items { id missionId type content isChecked } } }`)
    expect(price(`{ ${twenty} }`)).toMatch(/^The operation costs \d{7}: 1000000 is allowed\.$/)
  })

  // Mutation check: without the rows of nextOccurrences, sixty of them were a point or two, and took PostgreSQL 3.8 s.
  test('the next sixty rings of all notifications are a point, and sixty times those are too much', () => {
    const rings = (index: number) => `a${index}: nextOccurrences(count: 60)`
    expect(price(`{ notifications { items { scenarioId ${rings(0)} } } }`)).toBe(1)
    expect(price(`{ notifications { items { ${times(60, rings)} } } }`)).toMatch(/costs/)
    const byVariable = times(60, (index) => `a${index}: nextOccurrences(count: $count)`)
    expect(price(`query ($count: Int = 1) { notifications { items { ${byVariable} } } }`)).toMatch(/costs/)
  })

  // Mutation check: red without `more` in rowsRead: twenty feeds were five points at most, and at fifty pauses looked at half a million dates.
  test('a ring counts with the dates that fifty pauses can make it look at', () => {
    const feeds = (count: number, rings: string) => `{ ${times(count, (index) => `a${index}: notifications { items { ${rings} } }`)} }`
    expect(price(feeds(1, 'next: nextOccurrences'))).toBe(1)
    expect(price(feeds(8, 'nextOccurrences(count: 60)'))).toBe(5)
    expect(price(feeds(9, 'nextOccurrences(count: 60)'))).toMatch(/costs/)
    expect(price(feeds(20, 'nextOccurrences'))).toMatch(/costs/)
  })

  // Mutation check: red without the rows of Changes.checklists: sixty of these were one point, and read 18,000 lists.
  test('the changed checklists count with their items, whatever is selected of them', () => {
    const changes = (index: number) => `a${index}: changes { checklists { id } }`
    expect(price(`{ ${times(3, changes)} }`)).toBe(1)
    expect(price(`{ ${times(60, changes)} }`)).toMatch(/costs/)
  })

  // Mutation check: with 500,000, the whole of `changes` was too much as soon as Apollo Client had added __typename everywhere.
  test.each(Object.entries(clientDocuments()))(
    'what examples/client sends is within it, as Apollo Client sends it: %s',
    (_name, document) => {
      expect(price(document)).toEqual(expect.any(Number))
    },
  )

  test('the history of a scenario, a year of receipts, and a poll are cheap', () => {
    const history = times(46, (index) => `d${index}: checklist { date items { id missionId type content isChecked } }`)
    expect(price(`{ scenario(id: "x") { ${history} } }`)).toBe(1)
    expect(
      price('{ me { currentStreak longestStreak dayReceipts(from: "2026-01-01", to: "2026-12-31") { date totalCount checkedCount } } }'),
    ).toBe(1)
    expect(
      price('query ($etag: String) { notifications(ifNoneMatch: $etag) { etag notModified items { scenarioId name memo time } } }'),
    ).toBe(1)
  })
})

test('each list of the schema has its size, and nothing else has one', () => {
  const lists = Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) && !type.name.startsWith('__')
      ? Object.values(type.getFields()).flatMap((field) => (isListType(getNullableType(field.type)) ? [`${type.name}.${field.name}`] : []))
      : [],
  )
  expect(Object.keys(listSizes).sort()).toEqual(lists.sort())
  for (const coordinate of Object.keys(rowsRead)) {
    const [type = '', field = ''] = coordinate.split('.')
    const found = schema.getType(type)
    expect(isObjectType(found) && Object.keys(found.getFields()), coordinate).toContain(field)
  }
})

/** Each operation with the fragments that it needs, and with __typename beside each selection. */
function clientDocuments(): Record<string, string> {
  const folder = new URL('../../examples/client/src/documents/', import.meta.url)
  const text = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'))
  const whole = visit(parse(text.join('\n')), {
    SelectionSet: {
      leave: (node, _key, parent) =>
        (parent as ASTNode).kind === Kind.OPERATION_DEFINITION ? undefined : { ...node, selections: [...node.selections, typeName] },
    },
  })
  return Object.fromEntries(Object.entries(separateOperations(whole)).map(([name, document]) => [name, print(document)]))
}

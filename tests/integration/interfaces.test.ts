import { type GraphQLSchema, getNamedType, isAbstractType, isObjectType, type OperationDefinitionNode, parse } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { analyzeDocument } from '../../src/graphql/limits/analyze-document.js'
import { startTestApp, type TestApp } from '../support/app.js'
import { makeMember } from '../support/client.js'

let app: TestApp
let schema: GraphQLSchema
beforeAll(async () => {
  app = await startTestApp()
  schema = app.app.schema
})
afterAll(() => app.stop())

const analyze = (document: string) => {
  const operations = analyzeDocument(parse(document), schema)
  return [...operations.values()][0] as NonNullable<ReturnType<typeof operations.get>>
}
const costOf = (document: string) => analyze(document).cost
const ofNode = (selection: string) => costOf(`{ node(id: "x") { ${selection} } }`)

const items = 'checklist { items { id content } }'

test('a node costs what its dearest type costs, and not all of them together', () => {
  const whole = costOf(`{ me { scenarios { name ${items} } } }`)
  expect(ofNode(`... on Member { scenarios { name ${items} } }`)).toBe(whole)
  expect(ofNode(`... on Scenario { name ${items} } ... on Member { scenarios { name ${items} } } ... on Mission { content }`)).toBe(whole)
  expect(ofNode(`... on Scenario { name ${items} }`)).toBeLessThan(whole / 50)
  expect(ofNode(`... on Scenario { ${items} } ... on Checklist { items { id } }`)).toBe(ofNode(`... on Scenario { ${items} }`))
})

test('what a fragment costs does not depend on how it is written', () => {
  const plain = ofNode('id ... on Member { scenarios { name } }')
  const node = '{ node(id: "x") { id ...A } }'
  expect(costOf(`${node} fragment A on Member { scenarios { name } }`)).toBe(plain)
  expect(costOf(`${node} fragment A on Node { ... on Member { ...B } } fragment B on Node { ... on Member { scenarios { name } } }`)).toBe(
    plain,
  )
  expect(costOf('{ me { ... on Node { ... on Member { scenarios { name } } } } }')).toBe(costOf('{ me { scenarios { name } } }'))
})

test('the limits count what stands in any fragment, whatever type it is on', () => {
  const { aliases, depth, directives, duplicateFields, names } = analyze(
    '{ node(id: "x") { id ... on Member { a: id @skip(if: true) } ... on Scenario { a: name checklist { items { id } } } } }',
  )
  expect({ aliases, depth, directives, duplicateFields }).toEqual({ aliases: 2, depth: 4, directives: 1, duplicateFields: 1 })
  expect([...names].sort()).toEqual(['checklist', 'id', 'items', 'name', 'node'])
})

test('a compiled operation is counted with the fields of each type that it is written out for', () => {
  const { fields } = analyze('{ node(id: "x") { id ... on Mission { content } } }')
  const types = schema.getPossibleTypes(schema.getType('Node') as never).length
  expect(fields).toBe(1 + types + 1)
})

// Analysis goes beneath an interface once for each of its types: at each level, if one had another one beneath it.
test('only fields of the root are of an interface', () => {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type === schema.getQueryType() || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      expect(isAbstractType(getNamedType(field.type)), `${type.name}.${field.name}`).toBe(false)
    }
  }
})

// Mutation check: with the parent's type in place of null in analyzeFragment this takes longer than anybody would wait.
test('interfaces that a document claims to be in each other take no time', () => {
  const nested = `${'node(id: "x") { ... on Query { '.repeat(40)} __typename ${'} }'.repeat(40)}`
  const started = performance.now()
  const [[operation]] = [...analyzeDocument(parse(`{ ${nested} }`), schema)] as [[OperationDefinitionNode, unknown]]
  expect(operation.operation).toBe('query')
  expect(performance.now() - started).toBeLessThan(1_000)
})

test('a node beyond the limit is rejected, by whatever type', async () => {
  const client = await makeMember(app)
  const days = Array.from({ length: 58 }, (_, index) => `c${index}: ${items}`).join(' ')
  const document = `{ node(id: "x") { ... on Notification { id } ... on Member { scenarios { ${days} } } } }`
  expect((await client.rejection(document)).message).toContain('costs')
  expect(await client.run(`{ node(id: "x") { ... on Scenario { ${days} } } }`)).toEqual({ node: null })
})

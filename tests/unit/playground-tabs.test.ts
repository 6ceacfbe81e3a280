import { readFileSync } from 'node:fs'
import { buildSchema, isInterfaceType, isObjectType, Kind, parse, TypeInfo, validate, visit, visitWithTypeInfo } from 'graphql'
import { expect, test } from 'vitest'

type Tab = { query: string; variables?: Record<string, unknown> }

const root = new URL('../../', import.meta.url)
const schema = buildSchema(readFileSync(new URL('schema.graphql', root), 'utf8'))
// Browser modules without a build, and so without types.
const { firstSteps } = await import(new URL('playground/first-steps.js', root).href)
const { manyDevices } = await import(new URL('playground/many-devices.js', root).href)
const tabs: Tab[] = [...firstSteps, ...manyDevices]

/** The selections that leave out the id of what has one: a client's cache would not know where to keep the rest. */
function withoutId(query: string): string[] {
  const found: string[] = []
  const types = new TypeInfo(schema)
  const document = parse(query)
  visit(
    document,
    visitWithTypeInfo(types, {
      SelectionSet({ selections }) {
        const type = types.getParentType()
        if (!(isObjectType(type) || isInterfaceType(type)) || !type.getFields().id) return
        const selectsId = selections.some((field) => field.kind === Kind.FIELD && field.name.value === 'id')
        if (!selectsId) found.push(type.name)
      },
    }),
  )
  return found
}

test.each(tabs.map((tab) => ({ name: /^(?:query|mutation|subscription) (\w+)/m.exec(tab.query)?.[1], ...tab })))(
  'the tab $name asks for what there is, gives its variables, and selects ids',
  ({ query, variables = {} }) => {
    const document = parse(query)
    expect(validate(schema, document)).toEqual([])
    const [operation] = document.definitions
    const declared = operation?.kind === Kind.OPERATION_DEFINITION ? (operation.variableDefinitions ?? []) : []
    expect(declared.map(({ variable }) => variable.name.value).sort()).toEqual(Object.keys(variables).sort())
    expect(withoutId(query)).toEqual([])
  },
)

test('the words above each operation fit the screen of a phone', () => {
  const words = tabs.flatMap(({ query }) => query.split('\n').filter((line) => line.startsWith('#')))
  expect(words.filter((line) => line.length > 40)).toEqual([])
})

test('the tabs are numbered from left to right', () => {
  expect(tabs.map(({ query }) => Number(/^# (\d+)\. /.exec(query)?.[1]))).toEqual(tabs.map((_, index) => index + 1))
})

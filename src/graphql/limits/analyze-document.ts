import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  type InlineFragmentNode,
  isAbstractType,
  isEnumType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { listSize, rowsReadBy } from './list-sizes.js'

/** What is selected beneath one place of a document. A fragment counts as often as it is used. */
export type Selection = {
  depth: number
  aliases: number
  directives: number
  /** Fields whose response name another has already: validation compares each with each. */
  duplicateFields: number
  /** The values in the response at the product's limits, and the rows that are read for them. */
  cost: number
  fields: number
  /** Those of them that have a resolver. */
  resolvedFields: number
  /** True where the values of a selected enum have other names in the API than inside. */
  renamesEnums: boolean
  /** True where graphql-jit responds otherwise than graphql-js (compilable.ts). */
  differsInJit: boolean
  /** The names of all fields. */
  names: ReadonlySet<string>
  /** The fields at this place itself, by their response names. */
  responseNames: ReadonlyMap<string, string>
  /** True where a directive is at this place itself: there are only @skip and @include. */
  hasDirectives: boolean
}

type Sum = Selection & { names: Set<string>; responseNames: Map<string, string> }
type Parent = GraphQLObjectType | null
type Field = GraphQLField<unknown, unknown>
type Fragment = FragmentDefinitionNode | InlineFragmentNode

const empty = (): Sum => ({
  depth: 0,
  aliases: 0,
  directives: 0,
  duplicateFields: 0,
  cost: 0,
  fields: 0,
  resolvedFields: 0,
  renamesEnums: false,
  differsInJit: false,
  names: new Set(),
  responseNames: new Map(),
  hasDirectives: false,
})

/**
 * Analyzes a parsed document that may be invalid: with unknown fields, fragments that spread
 * themselves or double at each step. Each fragment is walked once for each type that it is used
 * on, so that the time is linear.
 */
export function analyzeDocument(document: DocumentNode, schema: GraphQLSchema): Map<OperationDefinitionNode, Selection> {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const analyzed = new Map<string, Selection>()

  function analyzeSet({ selections }: SelectionSetNode, parent: Parent): Sum {
    const sum = empty()
    for (const selection of selections) {
      const directives = selection.directives?.length ?? 0
      sum.directives += directives
      if (directives > 0 && selection.kind !== Kind.FIELD) sum.differsInJit = true
      if (directives > 0) sum.hasDirectives = true
      if (selection.kind === Kind.FIELD) addField(sum, selection, parent)
      else if (selection.kind === Kind.INLINE_FRAGMENT) addFragment(sum, analyzeFragment(selection, parent))
      else addFragment(sum, analyzeSpread(selection.name.value, parent))
    }
    return sum
  }

  function addField(sum: Sum, node: FieldNode, parent: Parent) {
    const name = node.name.value
    const field = parent?.getFields()[name]
    const beneath = node.selectionSet ? analyzeBeneath(node.selectionSet, field) : empty()
    addCounts(sum, beneath)
    addResponseName(sum, (node.alias ?? node.name).value, name)
    sum.names.add(name)
    sum.fields++
    if (node.alias) sum.aliases++
    // A tool's query of the schema is deeper than a member's data, and has rules of its own.
    sum.depth = Math.max(sum.depth, name.startsWith('__') ? 1 : beneath.depth + 1)
    sum.cost += 1 + costBeneath(field, node, parent, beneath)
    if (field?.resolve) sum.resolvedFields++
    if (field && renamesValues(field)) sum.renamesEnums = true
  }

  /** Of an interface the dearest type counts; a compiled operation holds the fields of each. */
  function analyzeBeneath(set: SelectionSetNode, field: Field | undefined): Selection {
    const parents = parentsOf(field, schema)
    const [first, ...others] = parents.map((parent) => analyzeSet(set, parent)) as [Sum, ...Sum[]]
    for (const { cost, fields, resolvedFields, renamesEnums } of others) {
      first.cost = Math.max(first.cost, cost)
      first.fields += fields
      first.resolvedFields += resolvedFields
      first.renamesEnums ||= renamesEnums
    }
    return first
  }

  /** A fragment on another type than its parent (beneath an interface) adds nothing. */
  function analyzeFragment({ typeCondition, selectionSet }: Fragment, parent: Parent): Selection {
    if (!parent || !typeCondition || applies(schema, typeCondition.name.value, parent)) return analyzeSet(selectionSet, parent)
    return { ...analyzeSet(selectionSet, null), cost: 0, fields: 0, resolvedFields: 0 }
  }

  function analyzeSpread(name: string, parent: Parent): Selection {
    const fragment = fragments.get(name)
    if (!fragment) return empty()
    const key = `${name} on ${parent?.name}`
    const known = analyzed.get(key)
    if (known) return known
    // Validation rejects a fragment that spreads itself: here it only has to end.
    analyzed.set(key, empty())
    const selection = analyzeFragment(fragment, parent)
    analyzed.set(key, selection)
    return selection
  }

  const operations = new Map<OperationDefinitionNode, Selection>()
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    const selection = analyzeSet(definition.selectionSet, schema.getRootType(definition.operation) ?? null)
    operations.set(definition, { ...selection, directives: selection.directives + (definition.directives?.length ?? 0) })
  }
  return operations
}

function addFragment(sum: Sum, fragment: Selection) {
  addCounts(sum, fragment)
  sum.depth = Math.max(sum.depth, fragment.depth)
  sum.cost += fragment.cost
  sum.hasDirectives ||= fragment.hasDirectives
  for (const [responseName, name] of fragment.responseNames) addResponseName(sum, responseName, name)
}

function addCounts(sum: Sum, part: Selection) {
  sum.aliases += part.aliases
  sum.directives += part.directives
  sum.duplicateFields += part.duplicateFields
  sum.fields += part.fields
  sum.resolvedFields += part.resolvedFields
  sum.renamesEnums ||= part.renamesEnums
  sum.differsInJit ||= part.differsInJit
  for (const name of part.names) sum.names.add(name)
}

function addResponseName(sum: Sum, responseName: string, name: string) {
  if (sum.responseNames.has(responseName)) sum.duplicateFields++
  if (responseName === '__proto__') sum.differsInJit = true
  sum.responseNames.set(responseName, name)
}

function costBeneath(field: Field | undefined, node: FieldNode, parent: Parent, beneath: Selection): number {
  if (!field || !parent) return beneath.cost
  const coordinate = `${parent.name}.${field.name}`
  const rows = rowsReadBy(coordinate, field, node)
  if (!isListType(getNullableType(field.type))) return rows + beneath.cost
  // The values of a list of scalars are counted as fields are.
  return rows + listSize(coordinate, field, node) * Math.max(beneath.cost, 1)
}

/** The types of a field's value. Only root fields have an interface: else time grew by level. */
function parentsOf(field: Field | undefined, schema: GraphQLSchema): readonly Parent[] {
  const type = field && getNamedType(field.type)
  if (isAbstractType(type)) return schema.getPossibleTypes(type)
  // The cost of a query of the schema does not depend on the member's data.
  return [type && isObjectType(type) && !type.name.startsWith('__') ? type : null]
}

function applies(schema: GraphQLSchema, condition: string, parent: GraphQLObjectType): boolean {
  const type = schema.getType(condition)
  return type === parent || (isAbstractType(type) && schema.isSubType(type, parent))
}

function renamesValues(field: Field): boolean {
  const type = getNamedType(field.type)
  return isEnumType(type) && type.getValues().some(({ name, value }) => name !== value)
}

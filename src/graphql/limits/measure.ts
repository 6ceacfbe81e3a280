import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type OperationTypeNode,
  type SelectionSetNode,
} from 'graphql'

/** What an operation asks of us. */
export type Operation = {
  kind: OperationTypeNode
  /** The values that its answer would hold if every list had ten things in it. */
  cost: number
  /** Its root fields by name, one for each time that it is selected. */
  rootFields: string[]
}

/** How large a document is. A fragment counts as often as it is used. */
export type Measures = {
  depth: number
  aliases: number
  directives: number
  /** Fields that answer to a name which another one beside them has already. Validation compares each with each. */
  repeats: number
  operations: Map<string | undefined, Operation>
}

type Part = { depth: number; aliases: number; directives: number; repeats: number; cost: number }
type Parent = { fields: Record<string, GraphQLField<unknown, unknown>> } | null

const assumedListSize = 10
const nothing: Part = { depth: 0, aliases: 0, directives: 0, repeats: 0, cost: 0 }

/**
 * Measures a parsed document that may be anything: fields that don't exist, fragments that spread themselves, fragments
 * that double at each step. Each fragment is walked once for each type it is used on, so that the time is linear.
 */
export function measure(document: DocumentNode, schema: GraphQLSchema): Measures {
  const fragments = new Map<string, FragmentDefinitionNode>()
  const operations: OperationDefinitionNode[] = []
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition)
  }
  const known = new Map<string, Part>()

  function walk({ selections }: SelectionSetNode, parent: Parent, names: Set<string>): Part {
    const sum = { ...nothing }
    for (const selection of selections) {
      sum.directives += selection.directives?.length ?? 0
      if (selection.kind === Kind.FIELD) {
        const field = parent && Object.hasOwn(parent.fields, selection.name.value) ? parent.fields[selection.name.value] : undefined
        const below = selection.selectionSet ? walk(selection.selectionSet, parentOf(field), new Set()) : nothing
        const name = (selection.alias ?? selection.name).value
        if (selection.alias) sum.aliases++
        if (names.has(name)) sum.repeats++
        names.add(name)
        // A tool's question about the schema is deeper than any about a member, and is bounded by rules of its own.
        const depth = selection.name.value.startsWith('__') ? 1 : below.depth + 1
        add(sum, below, 1 + below.cost * (isList(field) ? assumedListSize : 1), depth)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        add(sum, walk(selection.selectionSet, parent, names))
      } else {
        add(sum, spread(selection.name.value, parent, names))
      }
    }
    return sum
  }

  function spread(name: string, parent: Parent, names: Set<string>): Part {
    const fragment = fragments.get(name)
    if (!fragment) return nothing
    const key = `${name} on ${parent ? typeNames.get(parent) : ''}`
    let part = known.get(key)
    if (!part) {
      // What spreads itself is refused by validation: here it shall only end.
      known.set(key, nothing)
      part = walk(fragment.selectionSet, parent, new Set())
      known.set(key, part)
    }
    const mine = responseNames(fragment)
    const repeats = mine.filter((response) => names.has(response)).length
    for (const response of mine) names.add(response)
    part = { ...part, repeats: part.repeats + repeats }
    return part
  }

  const namesOf = new Map<FragmentDefinitionNode, string[]>()
  /** The names that a fragment's own fields answer to, and those of the fragments in it. */
  function responseNames(fragment: FragmentDefinitionNode): string[] {
    const known = namesOf.get(fragment)
    if (known) return known
    namesOf.set(fragment, [])
    const names = new Set<string>()
    const collect = ({ selections }: SelectionSetNode) => {
      for (const selection of selections) {
        if (selection.kind === Kind.FIELD) names.add((selection.alias ?? selection.name).value)
        else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet)
        else {
          const inner = fragments.get(selection.name.value)
          if (inner) for (const name of responseNames(inner)) names.add(name)
        }
      }
    }
    collect(fragment.selectionSet)
    namesOf.set(fragment, [...names])
    return [...names]
  }

  const parents = new Map<unknown, Parent>()
  const typeNames = new Map<Parent, string>()
  function parentOf(field: GraphQLField<unknown, unknown> | undefined): Parent {
    const type = field && getNamedType(field.type)
    // What a query of the schema itself costs does not depend on the member's data.
    if (!type || !isObjectType(type) || type.name.startsWith('__')) return null
    const parent = parents.get(type) ?? { fields: type.getFields() }
    parents.set(type, parent)
    typeNames.set(parent, type.name)
    return parent
  }

  const measures: Measures = { depth: 0, aliases: 0, directives: 0, repeats: 0, operations: new Map() }
  for (const operation of operations) {
    const root = schema.getRootType(operation.operation)
    const part = walk(operation.selectionSet, root ? { fields: root.getFields() } : null, new Set())
    measures.depth = Math.max(measures.depth, part.depth)
    measures.aliases += part.aliases
    measures.repeats += part.repeats
    measures.directives += part.directives + (operation.directives?.length ?? 0)
    const rootFields = rootFieldNames(operation.selectionSet, fragments)
    measures.operations.set(operation.name?.value, { kind: operation.operation, cost: part.cost, rootFields })
  }
  return measures
}

function add(sum: Part, part: Part, cost = part.cost, depth = part.depth) {
  sum.depth = Math.max(sum.depth, depth)
  sum.aliases += part.aliases
  sum.directives += part.directives
  sum.repeats += part.repeats
  sum.cost += cost
}

const isList = (field: GraphQLField<unknown, unknown> | undefined) => field !== undefined && isListType(getNullableType(field.type))

function rootFieldNames(set: SelectionSetNode, fragments: Map<string, FragmentDefinitionNode>, seen = new Set<string>()): string[] {
  return set.selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return selection.name.value
    if (selection.kind === Kind.INLINE_FRAGMENT) return rootFieldNames(selection.selectionSet, fragments, seen)
    const name = selection.name.value
    const fragment = fragments.get(name)
    if (!fragment || seen.has(name)) return []
    seen.add(name)
    return rootFieldNames(fragment.selectionSet, fragments, seen)
  })
}

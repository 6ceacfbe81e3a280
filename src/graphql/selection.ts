import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode, type ValueNode } from 'graphql'
import type { ChecklistDate, ScenarioParts } from '../snapshot/parts.js'

/**
 * The fields that an operation selects at a path beneath the current field: by name, each with all the nodes that
 * select it (aliases, fragments). @skip and @include are not looked at: reading a part too many changes no answer.
 */
export function selectedAt(info: GraphQLResolveInfo, ...path: string[]): Map<string, FieldNode[]> {
  let nodes: readonly FieldNode[] = info.fieldNodes
  for (const name of path) nodes = fieldsOf(info, nodes).get(name) ?? []
  return fieldsOf(info, nodes)
}

/** Which parts of a scenario the operation needs, at one or several paths beneath the current field. */
export function scenarioParts(info: GraphQLResolveInfo, ...paths: string[][]): ScenarioParts {
  const selections = paths.map((path) => selectedAt(info, ...path))
  const dates = selections.flatMap((fields) => fields.get('checklist') ?? []).map((node) => checklistDate(info, node))
  return {
    notification: selections.some((fields) => fields.has('notification')),
    basicMissions: selections.some((fields) => fields.has('basicMissions')),
    checklists: [...new Set(dates)],
  }
}

function fieldsOf(info: GraphQLResolveInfo, nodes: readonly FieldNode[], found = new Map<string, FieldNode[]>()) {
  for (const { selectionSet } of nodes) if (selectionSet) collect(info, selectionSet, found)
  return found
}

/** No type of the schema is abstract, so that every fragment applies. */
function collect(info: GraphQLResolveInfo, { selections }: SelectionSetNode, found: Map<string, FieldNode[]>) {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      const name = selection.name.value
      found.set(name, [...(found.get(name) ?? []), selection])
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      collect(info, selection.selectionSet, found)
    } else {
      const fragment = info.fragments[selection.name.value]
      if (fragment) collect(info, fragment.selectionSet, found)
    }
  }
}

function checklistDate(info: GraphQLResolveInfo, node: FieldNode): ChecklistDate {
  const argument = node.arguments?.find(({ name }) => name.value === 'date')
  return argument ? literal(info, argument.value) : null
}

/** Validation and variable coercion came before: what is left is a string, a variable that holds one, or null. */
function literal(info: GraphQLResolveInfo, value: ValueNode): ChecklistDate {
  if (value.kind === Kind.VARIABLE) return (info.variableValues[value.name.value] as ChecklistDate | undefined) ?? null
  return value.kind === Kind.STRING ? value.value : null
}

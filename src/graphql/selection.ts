import { type FieldNode, type GraphQLResolveInfo, getNamedType, isInterfaceType, isObjectType, Kind, type ValueNode } from 'graphql'
import { createParameterDecorator } from 'type-graphql'
import type { ChecklistDate, Parts } from '../snapshot/parts.js'

/** The fields that are selected beneath a field, by coordinate (`Scenario.checklist`). */
type Selected = ReadonlyMap<string, readonly FieldNode[]>

/** By the root field's node, which lives as long as its cached document. */
const cached = new WeakMap<FieldNode, Selected>()

export const SelectedParts = () => createParameterDecorator(({ info }) => selectedParts(info))

/**
 * The parts of member and scenarios that are selected anywhere beneath the current field: one
 * statement reads them for all places. @skip and @include are ignored: a part too many is harmless.
 */
export function selectedParts(info: GraphQLResolveInfo): Parts {
  const selected = info.fieldNodes.map((node) => selectedBeneath(info, node))
  const has = (coordinate: string) => selected.some((fields) => fields.has(coordinate))
  const dates = selected.flatMap((fields) => fields.get('Scenario.checklist') ?? []).map((node) => checklistDate(info, node))
  return {
    member: has('Member'),
    scenarios: has('Member.scenarios'),
    notification: has('Scenario.notification'),
    basicMissions: has('Scenario.basicMissions'),
    times: has('Scenario.createdAt') || has('Scenario.updatedAt'),
    checklists: [...new Set(dates)],
    orderAlone: selected.every((fields) => [...fields.keys()].every((coordinate) => !ofScenariosOrMember.test(coordinate))),
  }
}

/** Fields of what a list is made of, but for those that tell its order. */
const ofScenariosOrMember = /^(Scenario\.(?!(id|__typename)$)|Member\.(?!(id|__typename|listVersion|scenarios)$))/

/** True where a field is selected beneath the current one, such as `ChecklistPayload.checklist`. */
export function selects(info: GraphQLResolveInfo, coordinate: string): boolean {
  return info.fieldNodes.some((node) => selectedBeneath(info, node).has(coordinate))
}

function selectedBeneath(info: GraphQLResolveInfo, root: FieldNode): Selected {
  const known = cached.get(root)
  if (known) return known
  const found = new Map<string, FieldNode[]>()
  const spread = new Set<string>()

  function collect({ selectionSet }: Pick<FieldNode, 'selectionSet'>, type: unknown) {
    if (!selectionSet || !(isObjectType(type) || isInterfaceType(type))) return
    found.set(type.name, [])
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.FIELD) {
        const coordinate = `${type.name}.${selection.name.value}`
        found.set(coordinate, [...(found.get(coordinate) ?? []), selection])
        const field = type.getFields()[selection.name.value]
        if (field) collect(selection, getNamedType(field.type))
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection, selection.typeCondition ? info.schema.getType(selection.typeCondition.name.value) : type)
      } else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value)
        const fragment = info.fragments[selection.name.value]
        if (fragment) collect(fragment, info.schema.getType(fragment.typeCondition.name.value))
      }
    }
  }

  collect(root, getNamedType(info.returnType))
  cached.set(root, found)
  return found
}

function checklistDate(info: GraphQLResolveInfo, node: FieldNode): ChecklistDate {
  const argument = node.arguments?.find(({ name }) => name.value === 'date')
  return argument ? literal(info, argument.value) : null
}

/** After validation and coercion it is a string, a variable that holds one, or null. */
function literal(info: GraphQLResolveInfo, value: ValueNode): ChecklistDate {
  if (value.kind === Kind.VARIABLE) return (info.variableValues[value.name.value] as ChecklistDate | undefined) ?? null
  return value.kind === Kind.STRING ? value.value : null
}

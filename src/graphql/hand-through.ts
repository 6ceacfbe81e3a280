import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  isNonNullType,
  Kind,
  locatedError,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

type Shape = readonly { key: string; name: string; shape: Shape }[]

import type { Context } from './context.js'
import { JsonText } from './json-text.js'

/** Gives the value of a root field as JSON, in the shape that is asked for. Throws what its resolver would throw. */
// biome-ignore lint/suspicious/noExplicitAny: arguments are what the schema has made of them
export type JsonField = (memberId: string, args: any, shape: Shape) => Promise<string>

/** By the names of root fields. */
export type JsonFields = Readonly<Record<string, JsonField>>

export type HandThrough = (
  context: Context,
  variables: Record<string, unknown>,
) => Promise<{ data: unknown; errors?: readonly Error[] } | null>

/**
 * The short form of an operation of one root field whose JSON can come from PostgreSQL as it is: no parsing, no
 * resolvers, no serialization. Null where it has to be executed: several root fields, directives, arguments beneath
 * the root. Only for operations that are valid.
 */
export function handThrough(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
  jsonFields: JsonFields,
): HandThrough | null {
  const operation = getOperationAST(document, operationName)
  const [node, ...others] = operation?.selectionSet.selections ?? []
  if (!operation || node?.kind !== Kind.FIELD || others.length > 0 || operation.directives?.length || node.directives?.length) return null
  const jsonField = Object.hasOwn(jsonFields, node.name.value) ? jsonFields[node.name.value] : undefined
  const shape = jsonField && shapeOf(document, node.selectionSet)
  const field = schema.getRootType(operation.operation)?.getFields()[node.name.value]
  if (!jsonField || !shape || !field) return null
  return answering(schema, operation, node, field, (context, args) => jsonField(context, args, shape))
}

function answering(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  node: FieldNode,
  // biome-ignore lint/suspicious/noExplicitAny: graphql's own default
  field: GraphQLField<any, any>,
  json: (memberId: string, args: Record<string, unknown>) => Promise<string>,
): HandThrough {
  const key = node.alias?.value ?? node.name.value
  const withoutData = isNonNullType(field.type) ? null : { [key]: null }
  return async ({ memberId }, variables) => {
    // Who is not signed in, and variables that do not fit, are refused where everything is.
    if (memberId === null) return null
    const { coerced } = getVariableValues(schema, variableDefinitions, variables)
    if (!coerced) return null
    try {
      const text = await json(memberId, getArgumentValues(field, node, coerced))
      return { data: new JsonText(`{"${key}":${text}}`) }
    } catch (error) {
      return { data: withoutData, errors: [locatedError(error, node, [key])] }
    }
  }
}

/** What is selected, with fragments in their place and what stands twice once; null where that depends on more than the document. */
function shapeOf(document: DocumentNode, selectionSet: SelectionSetNode | undefined): Shape | null {
  const fragments = new Map(
    document.definitions.flatMap((one): [string, FragmentDefinitionNode][] =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [],
    ),
  )
  function collect(sets: readonly SelectionSetNode[]): Shape | null {
    const found = new Map<string, FieldNode[]>()
    if (!sets.every((set) => gather(set, found))) return null
    const shape: Shape[number][] = []
    for (const [key, nodes] of found) {
      const beneath = collect(nodes.flatMap(({ selectionSet }) => selectionSet ?? []))
      if (!beneath) return null
      shape.push({ key, name: (nodes[0] as FieldNode).name.value, shape: beneath })
    }
    return shape
  }
  function gather({ selections }: SelectionSetNode, found: Map<string, FieldNode[]>): boolean {
    return selections.every((selection) => {
      if (selection.directives?.length) return false
      if (selection.kind === Kind.INLINE_FRAGMENT) return gather(selection.selectionSet, found)
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value)
        return fragment !== undefined && !fragment.directives?.length && gather(fragment.selectionSet, found)
      }
      if (selection.arguments?.length) return false
      const key = selection.alias?.value ?? selection.name.value
      found.set(key, [...(found.get(key) ?? []), selection])
      return true
    })
  }
  return collect(selectionSet ? [selectionSet] : [])
}

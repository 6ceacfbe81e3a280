import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInputType,
  type OperationDefinitionNode,
  typeFromAST,
  visit,
} from 'graphql'
import type { Selection } from './limits/analyze-document.js'

/**
 * Bytes of heap under Node 20: the highest of seven kinds of documents (40 each, parsed, compiled
 * and run 50 times), rounded up. A node with location took 262 to 339, an operation over 10,000, a
 * field 400 to 1,600 or with resolver and arguments up to 20,000, an input field up to 1,000.
 */
const bytes = { perNode: 350, perOperation: 16_000, perField: 2_200, perResolvedField: 20_000, perInputField: 1_000 }

export function documentBytes(source: string, document: DocumentNode): number {
  let nodes = 0
  visit(document, { enter: () => void nodes++ })
  return 2 * source.length + nodes * bytes.perNode
}

/** What a compiled operation holds. graphql-jit writes a fragment out as often as it is used. */
export function compiledBytes(
  { variableDefinitions = [] }: OperationDefinitionNode,
  { fields, resolvedFields }: Selection,
  schema: GraphQLSchema,
): number {
  const inputFields = variableDefinitions.reduce((sum, { type }) => sum + inputFieldsOf(typeFromAST(schema, type as never)), 0)
  return bytes.perOperation + fields * bytes.perField + resolvedFields * bytes.perResolvedField + inputFields * bytes.perInputField
}

function inputFieldsOf(type: unknown, outer: readonly unknown[] = []): number {
  if (!isInputType(type)) return 1
  const named = getNamedType(type as GraphQLInputType)
  if (!isInputObjectType(named) || outer.includes(named)) return 1
  return Object.values(named.getFields()).reduce((sum, field) => sum + inputFieldsOf(field.type, [...outer, named]), 1)
}

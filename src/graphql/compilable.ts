import type { OperationDefinitionNode } from 'graphql'
import type { Selection } from './limits/analyze-document.js'

/**
 * Tells which operations graphql-jit runs as graphql-js does. Several mutations go to graphql-js: they are rare, and graphql-jit would go
 * on where a field that can't be null has failed. It joins the conditions of all places at which a fragment is spread; a field that is
 * selected twice and skipped once, it writes at the first place; and the response name `__proto__` sets the prototype of its result.
 */
export function isCompilable({ operation }: OperationDefinitionNode, selection: Selection): boolean {
  const severalMutations = operation === 'mutation' && selection.responseNames.size > 1
  const skipsOneOfTwo = selection.directives > 0 && selection.duplicateFields > 0
  return !severalMutations && !skipsOneOfTwo && !selection.differsInJit
}

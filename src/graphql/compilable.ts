import type { OperationDefinitionNode } from 'graphql'
import type { Selection } from './limits/analyze-document.js'

/**
 * Whether graphql-jit runs it as graphql-js does. Of several mutations it would run the next after
 * one that failed and can't be null. It joins the conditions of all spreads of a fragment, writes a
 * field selected twice and skipped once at the first place, and sets a prototype by `__proto__`.
 */
export function isCompilable({ operation }: OperationDefinitionNode, selection: Selection): boolean {
  const severalMutations = operation === 'mutation' && selection.responseNames.size > 1
  const skipsOneOfTwo = selection.directives > 0 && selection.duplicateFields > 0
  return !severalMutations && !skipsOneOfTwo && !selection.differsInJit
}

import { createHash } from 'node:crypto'
import { v5 as nameBasedId, v7 as newId } from 'uuid'
import { z } from 'zod'
import { newUuid, optional } from '../input.js'

/** What a client wants done once: its id for it, and a fingerprint, in hex (ADR 19). */
export type Operation = { id: string; fingerprint: string }

const idRule = z.object({ operationId: optional(newUuid) })

/**
 * A mutation's rule, whose input may have an `operationId`: it becomes `operation`. The fingerprint
 * is of what the rule makes of the input. A field added to a rule must become undefined if left
 * out, or a retry that meets the next version seems to be another operation.
 */
export function mutationRule<T extends object>(mutation: string, rule: z.ZodType<T>) {
  return z.intersection(rule, idRule).transform(({ operationId, ...rest }): T & { operation: Operation | undefined } => {
    const input = rest as unknown as T
    return {
      ...input,
      operation: operationId === undefined ? undefined : { id: operationId, fingerprint: fingerprintOf([mutation, input]) },
    }
  })
}

/** SHA-256 in hex: equal sources have equal fingerprints. */
export const fingerprintOf = (source: object): string => createHash('sha256').update(JSON.stringify(source)).digest('hex')

/** An id for something new: of an operation always the same, so that a retry finds it. */
export const newIdOf = (operation: Operation | undefined): string => (operation ? nameBasedId('made', operation.id) : newId())

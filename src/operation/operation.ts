import { createHash } from 'node:crypto'
import { v5 as nameBasedId, v7 as newId } from 'uuid'
import { z } from 'zod'
import { newUuid, optional } from '../input.js'

/** What a client wants to be done once, however often it sends it: the client's id for it, and what tells it from others, in hex. */
export type Operation = { id: string; fingerprint: string }

const idRule = z.object({ operationId: optional(newUuid) })

/**
 * The rule of a mutation's input, which may bear an `operationId`. What comes out has the `operation` in its place.
 *
 * The fingerprint is of what the rule has made of the input: so a field that is added to a rule must come out as undefined where it is
 * left out, or a retry that meets the next version would seem to be another operation.
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

/** Tells what something is made from, in hex: what is made of the same once more bears the same. */
export const fingerprintOf = (source: object): string => createHash('sha256').update(JSON.stringify(source)).digest('hex')

/** The id of something new: of an operation always the same, so that its retry finds what it has made. */
export const newIdOf = (operation: Operation | undefined): string => (operation ? nameBasedId('made', operation.id) : newId())

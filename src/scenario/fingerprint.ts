import { createHash } from 'node:crypto'
import type { Creation } from './scenario.input.js'

/** Tells a retried creation from another one that bears the same id, also when the scenario has changed since. */
export function fingerprint({ id: _id, operation: _operation, ...content }: Creation) {
  return fingerprintOf(content)
}

export const fingerprintOf = (content: object) => new Uint8Array(createHash('sha256').update(JSON.stringify(content)).digest())

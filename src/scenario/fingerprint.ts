import { createHash } from 'node:crypto'

export type Fingerprint = Uint8Array<ArrayBuffer>

/** Tells what a scenario was made from: a retried creation from another one that bears the same id, also when the scenario has changed since. */
export const fingerprint = (source: object): Fingerprint => new Uint8Array(createHash('sha256').update(JSON.stringify(source)).digest())

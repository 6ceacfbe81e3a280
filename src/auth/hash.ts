import { createHash } from 'node:crypto'
import type { Hash } from './auth.sql.js'

/** Only this is stored: who reads the table can't sign in. What is hashed is random, so that a plain hash is enough. */
export const hashOf = (secret: string): Hash => new Uint8Array(createHash('sha256').update(secret).digest())

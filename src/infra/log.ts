import { pino } from 'pino'

export type Log = pino.Logger

/** JSON lines on stdout. Secrets are cut out by name wherever they might stand. */
export function createLog(level: string): Log {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['req.headers.authorization', 'req.headers.cookie', '*.accessToken', '*.refreshToken', '*.idToken'],
  })
}

import { pino } from 'pino'

export type Log = pino.Logger

/** JSON lines on stdout. Secrets are cut out by name wherever they might stand. */
export function createLog(level: string, destination?: pino.DestinationStream): Log {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['req.headers.authorization', 'req.headers.cookie', '*.accessToken', '*.refreshToken', '*.idToken', '*.nonce'],
  }
  return destination ? pino(options, destination) : pino(options)
}

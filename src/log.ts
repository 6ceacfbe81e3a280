import { pino } from 'pino'
import { messageOf } from './error-message.js'

export type Log = pino.Logger

const warning = 40

/** Readable lines in a terminal, if pino-pretty is installed: a production image lacks it. */
export async function terminalOutput(): Promise<pino.DestinationStream | undefined> {
  if (!process.stdout.isTTY) return undefined
  const pretty = await import('pino-pretty').catch(() => null)
  return pretty?.default({ sync: true, ignore: 'hostname,pid', translateTime: 'HH:MM:ss.l' })
}

/** JSON lines on stdout. Secrets are cut out by name wherever they might stand. */
export function createLog(level: string, destination?: pino.DestinationStream): Log {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['req.headers.authorization', 'req.headers.cookie', '*.accessToken', '*.refreshToken', '*.idToken', '*.nonce'],
    serializers: { err: (error: unknown) => loggableError(error) },
    hooks: { logMethod: onceASecond() },
  }
  return destination ? pino(options, destination) : pino(options)
}

type LoggableError = { name?: string; message?: string; stack?: string; code?: string; cause?: LoggableError }

/** Errors hold secrets in other fields: Redis's the command (a password), PostgreSQL's rows. */
function loggableError(error: unknown, depth = 0): LoggableError {
  if (typeof error !== 'object' || error === null) return { message: String(error) }
  const { name, message, stack, code, cause } = error as Record<string, unknown>
  return {
    ...(typeof name === 'string' && { name }),
    ...(typeof message === 'string' && { message: messageOf(error) }),
    ...(typeof stack === 'string' && { stack }),
    ...((typeof code === 'string' || typeof code === 'number') && { code: String(code) }),
    ...(cause !== undefined && cause !== null && depth < 5 && { cause: loggableError(cause, depth + 1) }),
  }
}

/**
 * Logs the same fault once a second, with the count of the unlogged: in an outage every request
 * fails alike. What is graver than a warning is logged each time: its client was told a request id.
 */
function onceASecond(): NonNullable<pino.LoggerOptions['hooks']>['logMethod'] {
  const seconds = new Map<string, { unsaid: number; say(count: number): void }>()
  const begin = (key: string, say: (count: number) => void) => {
    const second = { unsaid: 0, say }
    seconds.set(key, second)
    setTimeout(() => {
      seconds.delete(key)
      if (second.unsaid === 0) return
      second.say(second.unsaid)
      begin(key, second.say)
    }, 1_000).unref()
  }

  return function (args, method, level) {
    const [first, text] = args as [unknown, string?]
    const fields = first instanceof Error ? { err: first } : (first as { err?: unknown } | null)
    const error = fields?.err
    if (!(error instanceof Error) || level > warning) return method.apply(this, args)
    // Ports and milliseconds differ between the same faults.
    const message = error.message.replaceAll(/\d+/g, '0')
    const key = [level, text, error.name, (error as { code?: unknown }).code, message].join('\n')
    const say = (count: number) => method.apply(this, [{ ...fields, count }, text])
    const second = seconds.get(key)
    if (second) {
      second.unsaid++
      second.say = say
    } else {
      method.apply(this, args)
      begin(key, say)
    }
  }
}

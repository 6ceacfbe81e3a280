import module from 'node:module'
import { constants } from 'node:os'
import type { Running } from './bootstrap.js'
import type { Config } from './config.js'
import { messageOf } from './error-message.js'
import { onSignal, type Signal } from './signals.js'

// First: PID 1, as in a container, ignores signals without a handler. This one exits at once.
let handleSignal = (signal: Signal): void => process.exit(128 + constants.signals[signal])
onSignal((signal) => handleSignal(signal))

// Before other imports: Node 22.8 and later keep compiled code where they can write it.
const { enableCompileCache } = module as { enableCompileCache?: () => void }
enableCompileCache?.()
const { drainSecondsOf, readConfig } = await import('./config.js')

try {
  const config = readConfig()
  // Each is loaded only where needed.
  if (config.ROLE === 'migrate') await (await import('./run-migrations.js')).runMigrations(config)
  else await serve(config)
} catch (error) {
  // What can go wrong at a start (setting, port, directory, migration) is told by its message.
  console.error(process.argv.includes('--trace') ? (error as Error).stack : messageOf(error))
  // Connections that a failed start leaves open would keep the process alive for ever.
  process.exit(1)
}

async function serve(config: Config): Promise<void> {
  const { bootstrap } = await import('./bootstrap.js')
  let running: Promise<Running>
  const stop = stopper(config, () => running)
  running = bootstrap(config, {
    install: !process.argv.includes('--no-install'),
    fail(error) {
      console.error(messageOf(error))
      void stop(1)
    },
  })
  handleSignal = () => void stop(0)
  await running
}

/** Stops gracefully first; at once on a second call, or when all operations must have timed out. */
function stopper(config: Config, running: () => Promise<Running>) {
  const seconds = drainSecondsOf(config) + config.OPERATION_TIMEOUT_MS / 1_000 + 10
  let stopping = false
  return async (code: number) => {
    if (stopping) {
      console.error('Told to stop once more: ending at once.')
      process.exit(1)
    }
    stopping = true
    setTimeout(() => {
      console.error(`Not stopped within ${seconds} s: ending at once.`)
      process.exit(1)
    }, seconds * 1_000).unref()
    const started = await running().catch(() => null)
    await started?.stop()
    process.exit(started ? code : 1)
  }
}

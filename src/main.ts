import { bootstrap, type Running } from './bootstrap.js'
import { readConfig } from './config.js'

try {
  const running = bootstrap(readConfig())
  stopOnSignal(running)
  await running
} catch (error) {
  // What can go wrong at a start (a setting, a port or a directory in use, a migration) says so in its message.
  const { message, stack } = error as Error
  console.error(process.argv.includes('--trace') ? stack : message)
  process.exitCode = 1
}

/** The first signal stops gracefully; a second one, or ten seconds without an end, ends the process at once. */
function stopOnSignal(running: Promise<Running>) {
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      if (stopping) process.exit(1)
      stopping = true
      setTimeout(() => process.exit(1), 10_000).unref()
      const started = await running.catch(() => null)
      await started?.stop()
      process.exit(started ? 0 : 1)
    })
  }
}

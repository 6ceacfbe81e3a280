import { ConfigError, readConfig } from './config.js'
import { type Running, run } from './run.js'

try {
  const running = run(readConfig())
  stopOnSignal(running)
  await running
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error)
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

const names = ['SIGINT', 'SIGTERM'] as const
export type Signal = (typeof names)[number]

/** What comes so soon after the first signal is the same order: npm, and Node with --watch, pass on the Ctrl-C that the terminal has sent already. */
const echoMs = 500

/** Handles the signals by which a process is told to stop. */
export function onSignal(handle: (signal: Signal) => void): void {
  let firstAt: number | undefined
  const receive = (signal: Signal) => {
    const now = performance.now()
    if (firstAt !== undefined && now - firstAt < echoMs) return
    firstAt ??= now
    handle(signal)
  }
  for (const name of names) process.on(name, receive)
}

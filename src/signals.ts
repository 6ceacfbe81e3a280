const names = ['SIGINT', 'SIGTERM'] as const
export type Signal = (typeof names)[number]

/** The same order again: npm and `node --watch` pass on the Ctrl-C that the terminal sent. */
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

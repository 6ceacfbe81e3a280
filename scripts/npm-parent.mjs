/**
 * Calls `end` once npm has ended. Its shell passes no signal on: whoever kills `npm start` by npm's pid, and not by Ctrl-C, would leave what
 * it has started behind.
 */
export function onceNpmHasEnded(end) {
  if (!process.env.npm_lifecycle_event) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    end()
  }, 500)
  timer.unref()
}

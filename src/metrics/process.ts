import { collectDefaultMetrics, Registry } from 'prom-client'

let registry: Registry | undefined

/** What prom-client knows of Node and of the process: CPU, memory, handles, event-loop lag, GC. Observed once, however many apps there are. */
export function processMetrics(): Registry {
  if (!registry) {
    registry = new Registry()
    collectDefaultMetrics({ register: registry })
  }
  return registry
}

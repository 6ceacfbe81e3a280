import { Counter, Gauge, type Registry } from 'prom-client'

/** The value at this moment; null where it is not known now, and left out. */
type Read = () => number | null | Promise<number | null>

/** Metrics whose values stand somewhere else, where they are read at the moment of a scrape: counting costs nothing meanwhile. */
export function observedIn(registry: Registry) {
  const registers = [registry]
  return {
    gauge(name: string, help: string, read: Read): void {
      const collect = async () => {
        const value = await read()
        if (value === null) gauge.remove()
        else gauge.set(value)
      }
      const gauge = new Gauge({ name, help, registers, collect })
    },

    counter(name: string, help: string, read: Read): void {
      const collect = async () => {
        const value = await read()
        counter.reset()
        if (value !== null) counter.inc(value)
      }
      const counter = new Counter({ name, help, registers, collect })
    },
  }
}

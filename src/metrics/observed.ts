import { Counter, Gauge, type Registry } from 'prom-client'

/** A metric whose value stands somewhere else, where it is read at the moment of a scrape: counting costs nothing meanwhile. */
type Observed = {
  registry: Registry
  name: string
  help: string
  /** Null: not known now, and left out. */
  read(): number | null | Promise<number | null>
}

export function observedGauge({ registry, name, help, read }: Observed): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      const value = await read()
      if (value === null) this.remove()
      else this.set(value)
    },
  })
}

export function observedCounter({ registry, name, help, read }: Observed): void {
  new Counter({
    name,
    help,
    registers: [registry],
    async collect() {
      const value = await read()
      this.reset()
      if (value !== null) this.inc(value)
    },
  })
}

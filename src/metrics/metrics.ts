import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** A process's Prometheus metrics, each declared by a method, with its name and help. */
export class Metrics extends Registry {
  counter(name: string, help: string, ...labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this] })
  }

  histogram(name: string, help: string, buckets: number[], ...labelNames: string[]): Histogram {
    return new Histogram({ name, help, buckets, labelNames, registers: [this] })
  }

  /** A value that each scrape reads; null where it is not known, and left out. */
  gauge(name: string, help: string, read: () => number | null | Promise<number | null>): void {
    const collect = async () => {
      const value = await read()
      if (value === null) gauge.remove()
      else gauge.set(value)
    }
    const gauge = new Gauge({ name, help, registers: [this], collect })
  }

  /** As a gauge, of what only grows. */
  total(name: string, help: string, read: () => number): void {
    const collect = () => {
      counter.reset()
      counter.inc(read())
    }
    const counter = new Counter({ name, help, registers: [this], collect })
  }
}

import { Histogram, type Registry } from 'prom-client'
import type { Batching } from './batcher.js'

/** Limits for batches of one kind, whose sizes are counted: how much arrives together, and so how busy a process is. */
export function batchingIn(metrics: Registry, limits: Omit<Batching, 'onBatch'>): (of: string) => Batching {
  const sizes = new Histogram({
    name: 'doorstep_batch_size',
    help: 'How many moves, checks or polls went to the database together.',
    labelNames: ['of'],
    buckets: [1, 2, 4, 8, 16],
    registers: [metrics],
  })
  return (of) => {
    const ofThis = sizes.labels(of)
    return { ...limits, onBatch: (size) => ofThis.observe(size) }
  }
}

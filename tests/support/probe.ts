import { Worker } from 'node:worker_threads'

export type Probed = { count: number; failures: number; p50Ms: number; p99Ms: number; worstMs: number }

/** In a thread of its own, so that it measures the server and not the test that keeps its own thread busy. */
const program = `
  const { parentPort, workerData } = require('node:worker_threads')
  const http = require('node:http')
  const agent = new http.Agent({ keepAlive: true })
  const durations = []
  let [failures, stopped] = [0, false]
  parentPort.once('message', () => { stopped = true })
  const ask = () => new Promise((resolve) => {
    const failed = () => { failures++; resolve() }
    http.get(workerData, { agent }, (response) => {
      if (response.statusCode !== 200) failures++
      response.resume().once('end', resolve).once('error', failed)
    }).once('error', failed)
  })
  const run = async () => {
    while (!stopped) {
      const started = performance.now()
      await ask()
      durations.push(performance.now() - started)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    parentPort.postMessage({ durations, failures })
  }
  run()`

/** Gets an address again and again until it is told to stop. */
export function probe(url: string): { stop(): Promise<Probed> } {
  const worker = new Worker(program, { eval: true, workerData: url })
  return {
    async stop() {
      const answer = new Promise<{ durations: number[]; failures: number }>((resolve, reject) => {
        worker.once('message', resolve).once('error', reject)
      })
      worker.postMessage('stop')
      const { durations, failures } = await answer
      await worker.terminate()
      durations.sort((one, other) => one - other)
      const at = (share: number) => durations[Math.min(Math.floor(durations.length * share), durations.length - 1)] ?? Number.NaN
      return { count: durations.length, failures, p50Ms: at(0.5), p99Ms: at(0.99), worstMs: at(1) }
    },
  }
}

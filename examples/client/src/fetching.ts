type Fetch = typeof globalThis.fetch

/**
 * A fetch that gives up: a response has to be there within `timeoutMs`, and a stream must not be silent for longer than `silentMs`: the server
 * says something every 15 seconds, and a network that is gone says nothing, not even that.
 */
export function impatient(fetch: Fetch, { timeoutMs, silentMs = 40_000 }: { timeoutMs: number; silentMs?: number }): Fetch {
  return async (input, init) => {
    const isStream = new Headers(init?.headers).get('accept')?.includes('multipart/mixed')
    if (!isStream) return fetch(input, { ...init, signal: either(init?.signal, AbortSignal.timeout(timeoutMs)) })

    const silence = new AbortController()
    const signal = either(init?.signal, silence.signal)
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = () => clearTimeout(timer)
    const heard = () => {
      stop()
      if (!signal.aborted) timer = setTimeout(() => silence.abort(new Error('The stream has gone silent.')), silentMs)
    }
    signal.addEventListener('abort', stop)
    heard()
    const response = await fetch(input, { ...init, signal }).catch((error) => {
      stop()
      throw error
    })
    const listened = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        heard()
        controller.enqueue(chunk)
      },
      flush: stop,
    })
    return new Response(response.body?.pipeThrough(listened) ?? null, response)
  }
}

export const either = (given: AbortSignal | null | undefined, own: AbortSignal) => (given ? AbortSignal.any([given, own]) : own)

import { onTestFinished } from 'vitest'
import type { Client } from './client.js'

export type Signal = { token: string; upToDate: boolean; listVersion: number }
type Result = { data?: { memberChanged: Signal | null } | null; errors?: { message: string; extensions: { code: string } }[] }

export const memberChanged = 'subscription ($since: SyncToken) { memberChanged(since: $since) { token upToDate listVersion } }'
export const formats = { sse: 'text/event-stream', multipart: 'multipart/mixed;subscriptionSpec="1.0", application/json' } as const

/** One open stream of a client's: its results in order, and whether the server has ended it. */
export class Stream {
  readonly results: Result[] = []
  readonly response: Response
  readonly #abort: AbortController
  #text = ''
  ended = false

  constructor(response: Response, abort: AbortController) {
    this.response = response
    this.#abort = abort
    void this.#read().catch(() => {})
  }

  get signals(): Signal[] {
    return this.results.flatMap(({ data }) => data?.memberChanged ?? [])
  }

  close(): void {
    this.#abort.abort()
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder()
    for await (const chunk of this.response.body ?? []) {
      this.#text += decoder.decode(chunk, { stream: true })
      for (const [whole, sse, part] of this.#text.matchAll(
        /event: next\ndata: (.*)\n\n|content-type: application\/json\r\n\r\n(\{.*\})\r\n--graphql/g,
      )) {
        if (sse) this.results.push(JSON.parse(sse))
        else if (part && part !== '{}') this.results.push(JSON.parse(part).payload)
        this.#text = this.#text.slice(this.#text.indexOf(whole) + whole.length)
      }
    }
    this.ended = true
  }
}

/** Opens a stream of memberChanged; it is closed with the test. */
export async function openStream(
  client: Client,
  { since = null, format = 'sse', url = client.url }: { since?: string | null; format?: keyof typeof formats; url?: string } = {},
): Promise<Stream> {
  const abort = new AbortController()
  onTestFinished(() => abort.abort())
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: formats[format],
      ...(client.token && { authorization: `Bearer ${client.token}` }),
    },
    body: JSON.stringify({ query: memberChanged, variables: { since } }),
    signal: abort.signal,
  })
  return new Stream(response, abort)
}

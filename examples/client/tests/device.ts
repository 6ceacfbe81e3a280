import { expect, onTestFinished } from 'vitest'
import type { Backoff } from '../src/backoff.js'
import { type DoorstepOptions, openDoorstep } from '../src/doorstep.js'
import { HomeDocument, type HomeQuery } from '../src/generated/graphql.js'
import { memoryStorage } from '../src/storage.js'
import { lossyProxy } from './lossy-proxy.js'

/** Always the same numbers from 0 to 1, in the same order. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const backoff: Backoff = { firstMs: 5, mostMs: 50, random: Math.random }

type Me = HomeQuery['me']
export type Device = Awaited<ReturnType<typeof makeDevice>>

/** A device with a network of its own; signed in where it has a handle. */
export async function makeDevice({ url }: { url: string }, handle: string | null, options: Partial<DoorstepOptions> = {}) {
  const proxy = await lossyProxy(url)
  const storage = options.storage ?? memoryStorage()
  const doorstep = await openDoorstep({ url: proxy.url, storage, backoff, feedEveryMs: 3_600_000, isLive: false, ...options })
  onTestFinished(() => doorstep.close())
  if (handle !== null) await doorstep.session.signInForDevelopment({ handle, timeZone: 'UTC' })
  return {
    ...doorstep,
    proxy,
    storage,
    /** What a screen shows: with what is not done yet. */
    shown: (): Me | undefined => doorstep.apollo.cache.readQuery({ query: HomeDocument }, true)?.me,
    load: async (): Promise<Me> => {
      const { data } = await doorstep.apollo.query({ query: HomeDocument, fetchPolicy: 'network-only' })
      return (data as HomeQuery).me
    },
  }
}

/** A fetch that holds the responses to refreshes back until they are released. */
export function heldRefresh() {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let isHeld = false
  const slow: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    if (String(init?.body).includes('mutation RefreshSession')) {
      isHeld = true
      await held
    }
    return response
  }
  return { fetch: slow, isHeld: () => isHeld, release }
}

export const lines = (...contents: string[]) => contents.map((content) => ({ content }))

/** The machine may be busy with something else. */
export const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 30_000 })

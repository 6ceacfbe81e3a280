import { createContext, use, useSyncExternalStore } from 'react'
import { type Doorstep, openDoorstep } from '../../../client/src/doorstep.js'
import { type KeyValueStorage, memoryStorage, webStorage } from '../../../client/src/storage.js'
import { Network } from './network.js'
import { siteStorage } from './site-storage.js'

export type Device = { doorstep: Doorstep; network: Network; storage: KeyValueStorage }

/**
 * This browser's device. One of the demo's has a name, and forgets all when it is closed, as does
 * every one where site data is blocked.
 */
export async function openDevice(name: string | null): Promise<Device> {
  const network = new Network()
  const kept = name === null ? siteStorage() : null
  const storage = kept ? webStorage(kept) : memoryStorage()
  const doorstep = await openDoorstep({
    url: new URL('/graphql', location.href).href,
    storage,
    fetch: network.fetch,
    // Somebody is looking: a network that comes back is noticed soon.
    backoff: { firstMs: 300, mostMs: 5_000, random: Math.random },
  })
  return { doorstep, network, storage }
}

const DeviceContext = createContext<Device | null>(null)
export const DeviceProvider = DeviceContext

export function useDevice(): Device {
  const device = use(DeviceContext)
  if (!device) throw new Error('There is no device around this component.')
  return device
}

export const useDoorstep = (): Doorstep => useDevice().doorstep

export function useIsOffline(): boolean {
  const { network } = useDevice()
  return useSyncExternalStore(network.onChange, () => network.isOffline)
}

/** How much of what the member has done waits for the server. */
export function useWaiting(): number {
  const { queue } = useDoorstep()
  return useSyncExternalStore(queue.onSize, () => queue.size)
}

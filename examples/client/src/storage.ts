/** Where a device keeps what must outlive the program: its session and what it has not sent yet. AsyncStorage and IndexedDB fit as well. */
export type KeyValueStorage = {
  get(key: string): Promise<string | null>
  set(key: string, value: string): Promise<void>
  remove(key: string): Promise<void>
  /** The keys that begin so, in order. */
  keys(prefix: string): Promise<string[]>
}

/** Forgets all with the program: for tests, and for scripts. */
export function memoryStorage(): KeyValueStorage {
  const values = new Map<string, string>()
  return {
    get: async (key) => values.get(key) ?? null,
    set: async (key, value) => void values.set(key, value),
    remove: async (key) => void values.delete(key),
    keys: async (prefix) => [...values.keys()].filter((key) => key.startsWith(prefix)).sort(),
  }
}

/** localStorage, or sessionStorage. */
export function webStorage(storage: Storage = globalThis.localStorage): KeyValueStorage {
  return {
    get: async (key) => storage.getItem(key),
    set: async (key, value) => storage.setItem(key, value),
    remove: async (key) => storage.removeItem(key),
    keys: async (prefix) =>
      Object.keys(storage)
        .filter((key) => key.startsWith(prefix))
        .sort(),
  }
}

/** Tells its listeners; gives a function that ends the listening. */
export class Signal<T> {
  readonly #listeners = new Set<(value: T) => void>()

  readonly listen = (listener: (value: T) => void): (() => void) => {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The value that is told next. */
  next(): Promise<T> {
    return new Promise((resolve) => {
      const end = this.listen((value) => {
        end()
        resolve(value)
      })
    })
  }

  emit(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value)
      } catch (error) {
        // Told as what nobody has caught: one listener's fault is not another's.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}

/** The instants at which the notifications of one answer ring next: asked for one of them, they are read for all at once. */
export class Occurrences {
  readonly #read: (count: number) => Promise<Map<string, string[]>>
  readonly #byCount = new Map<number, Promise<Map<string, string[]>>>()

  constructor(read: (count: number) => Promise<Map<string, string[]>>) {
    this.#read = read
  }

  async of(scenarioId: string, count: number): Promise<string[]> {
    const reading = this.#byCount.get(count) ?? this.#read(count)
    this.#byCount.set(count, reading)
    return (await reading).get(scenarioId) ?? []
  }
}

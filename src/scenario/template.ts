import type { Weekdays } from '../weekdays.js'

/** A line of a template as it is stored. */
export type Line = { id: string; content: string; weekdays: Weekdays }

/**
 * A line of a template as a client wants it: with an id one that exists, without one a new one. Without weekdays on the days on which it
 * was, or every day.
 */
export type WantedLine = { id?: string | undefined; content: string; weekdays?: Weekdays | undefined }

export type TemplateChange = {
  /** The whole new template in order, new lines with the ids that `newId` made. */
  lines: Line[]
  removedIds: string[]
  /** False where the template is, line for line, what it was. */
  changed: boolean
}

/** What turns a template into the one that is wanted. Null where a wanted id is not one of its lines. */
export function changeTemplate(current: readonly Line[], wanted: readonly WantedLine[], newId: () => string): TemplateChange | null {
  const known = new Map(current.map((line) => [line.id, line]))
  if (wanted.some(({ id }) => id !== undefined && !known.has(id))) return null

  const lines = wanted.map(({ id = newId(), content, weekdays = known.get(id)?.weekdays ?? null }) => ({ id, content, weekdays }))
  const keptIds = new Set(lines.map(({ id }) => id))
  const same = lines.length === current.length && lines.every((line, index) => isSame(line, current[index] as Line))
  return { lines, removedIds: [...known.keys()].filter((id) => !keptIds.has(id)), changed: !same }
}

const isSame = (one: Line, other: Line) => one.id === other.id && one.content === other.content && one.weekdays === other.weekdays

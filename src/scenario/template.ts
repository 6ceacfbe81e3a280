import type { Weekdays } from '../weekdays.js'
import { evenPosition } from './ordering.js'

export type Line = { id: string; content: string; weekdays: Weekdays }

export type PlacedLine = Line & { position: number }

/**
 * A line as a client wants it: with an existing line's id, a new one, or none (the server makes
 * it). Without weekdays it keeps its own; a new one is on every day.
 */
export type WantedLine = { id?: string | undefined; content: string; weekdays?: Weekdays | undefined }

export type TemplateChange = {
  /** Lines that are new or may have changed: their content, their days, their place. */
  lines: PlacedLine[]
  removedIds: string[]
}

/** A whole template in its order, with the ids that `newId` makes where the client has not. */
export function placeLines(wanted: readonly WantedLine[], newId: () => string, current: readonly Line[] = []): PlacedLine[] {
  const known = new Map(current.map((line) => [line.id, line]))
  return wanted.map(({ id = newId(), content, weekdays = known.get(id)?.weekdays ?? null }, index) => ({
    id,
    content,
    weekdays,
    position: evenPosition(index),
  }))
}

/** Null where nothing changes. `addedIds`: of new lines, made by the client, perhaps taken. */
export function changeTemplate(
  current: readonly Line[],
  wanted: readonly WantedLine[],
  newId: () => string,
): (TemplateChange & { addedIds: string[] }) | null {
  const lines = placeLines(wanted, newId, current)
  if (lines.length === current.length && lines.every((line, index) => isSame(line, current[index] as Line))) return null
  const currentIds = new Set(current.map(({ id }) => id))
  const keptIds = new Set(lines.map(({ id }) => id))
  return {
    lines,
    removedIds: [...currentIds].filter((id) => !keptIds.has(id)),
    addedIds: wanted.flatMap(({ id }) => (id === undefined || currentIds.has(id) ? [] : [id])),
  }
}

const isSame = (one: Line, other: Line) => one.id === other.id && one.content === other.content && one.weekdays === other.weekdays

/** A line of a template as it is stored. */
export type Line = { id: string; content: string }

/** A line of a template as a client wants it: with an id one that exists, without one a new one. */
export type WantedLine = { id?: string | undefined; content: string }

export type TemplateChange = {
  /** The whole new template in order, new lines with the ids that `newId` made. */
  lines: Line[]
  removedIds: string[]
  /** False where the template is, line for line, what it was. */
  changed: boolean
}

/** What turns a template into the one that is wanted. Null where a wanted id is not one of its lines. */
export function changeTemplate(current: readonly Line[], wanted: readonly WantedLine[], newId: () => string): TemplateChange | null {
  const currentIds = new Set(current.map(({ id }) => id))
  if (wanted.some(({ id }) => id !== undefined && !currentIds.has(id))) return null

  const lines = wanted.map(({ id, content }) => ({ id: id ?? newId(), content }))
  const keptIds = new Set(lines.map(({ id }) => id))
  const same =
    lines.length === current.length &&
    lines.every(({ id, content }, index) => current[index]?.id === id && current[index]?.content === content)
  return { lines, removedIds: [...currentIds].filter((id) => !keptIds.has(id)), changed: !same }
}

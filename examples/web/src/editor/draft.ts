import type { HomeQuery } from '../../../client/src/generated/graphql.js'
import type { InputOf } from '../../../client/src/mutations.js'

export type Scenario = HomeQuery['me']['scenarios'][number]
export type Line = { id: string; content: string }
/** What the editor changes of a scenario. */
export type Draft = { name: string; memo: string; lines: Line[] }

export const newLine = (): Line => ({ id: crypto.randomUUID(), content: '' })

export const draftOf = (scenario: Scenario | null): Draft => ({
  name: scenario?.name ?? '',
  memo: scenario?.memo ?? '',
  lines: scenario?.basicMissions.map(({ id, content }) => ({ id, content })) ?? [newLine()],
})

/** What is sent: without what is empty. */
export function fieldsOf({ name, memo, lines }: Draft) {
  const basicMissions = lines.map(({ id, content }) => ({ id, content: content.trim() })).filter(({ content }) => content !== '')
  return { name: name.trim(), memo: memo.trim() || null, basicMissions }
}

export const isSame = (one: Draft, other: Draft) => JSON.stringify(fieldsOf(one)) === JSON.stringify(fieldsOf(other))

/** What an operation wanted a scenario to be, where it stands now as `theirs`. */
export function wantedBy(input: InputOf<'updateScenario'>, theirs: Draft): Draft {
  const lines = input.basicMissions?.map(({ id, content }) => ({ id: id as string, content }))
  return {
    name: input.name ?? theirs.name,
    memo: input.memo === undefined ? theirs.memo : (input.memo ?? ''),
    lines: lines ?? theirs.lines,
  }
}

/** Ours in our order, with theirs that we do not have after the line that they stand behind. */
export function merge(mine: Draft, theirs: Draft): Draft {
  const lines = [...mine.lines]
  const has = ({ id, content }: Line) => lines.some((line) => line.id === id || line.content === content)
  for (const [index, line] of theirs.lines.entries()) {
    if (has(line)) continue
    const before = theirs.lines[index - 1]
    lines.splice(lines.findIndex(({ id }) => id === before?.id) + 1, 0, line)
  }
  return { name: mine.name, memo: mine.memo || theirs.memo, lines }
}

/** A line that is off the list elsewhere can't come back under its id: it is a new one. */
export function renewed(draft: Draft, theirs: Draft): Draft {
  const isThere = (id: string) => theirs.lines.some((line) => line.id === id)
  return { ...draft, lines: draft.lines.map((line) => (isThere(line.id) ? line : { ...line, id: crypto.randomUUID() })) }
}

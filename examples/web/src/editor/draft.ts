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

/** What is sent of a change: what differs from the draft that was opened. */
export function changeOf(opened: Draft, draft: Draft) {
  const before = fieldsOf(opened)
  const differs = ([name, value]: [string, unknown]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof typeof before])
  return Object.fromEntries(Object.entries(fieldsOf(draft)).filter(differs)) as Partial<typeof before>
}

const nothing: Draft = { name: '', memo: '', lines: [] }

/** What goes with an operation for the case of a conflict, also beyond the program's end: the draft that was opened. */
export const hintOf = (opened: Draft) => ({ opened: JSON.stringify(opened) })
export const openedBy = ({ opened }: Record<string, string>): Draft => (opened ? JSON.parse(opened) : nothing)

/** What an operation wanted a scenario to be. */
export function wantedBy({ name, memo, basicMissions }: InputOf<'updateScenario'>, opened: Draft): Draft {
  const lines = basicMissions?.map(({ id, content }) => ({ id: id as string, content }))
  return { name: name ?? opened.name, memo: memo === undefined ? opened.memo : (memo ?? ''), lines: lines ?? opened.lines }
}

type Sides = { opened: Draft; mine: Draft; theirs: Draft }

/** Mine where I have changed it; otherwise theirs. */
const pick = <T>(opened: T, mine: T, theirs: T) => (mine === opened ? theirs : mine)

/** Both sides' changes of what was opened: field by field and line by line; a line of either side may be new, worded anew or gone. */
export function merge({ opened, mine, theirs }: Sides): Draft {
  const [was, ours, others] = [contentsOf(opened), contentsOf(mine), contentsOf(theirs)]
  const lines = orderOf({ opened, mine, theirs }).flatMap((id) => {
    const content = pick(was.get(id), ours.get(id), others.get(id))
    return content === undefined ? [] : { id, content }
  })
  // What both have written is there once.
  const written = new Set(theirs.lines.filter(({ id }) => !was.has(id)).map(({ content }) => content))
  return {
    name: pick(opened.name, mine.name, theirs.name),
    memo: pick(opened.memo, mine.memo, theirs.memo),
    lines: lines.filter(({ id, content }) => others.has(id) || !written.has(content)),
  }
}

const contentsOf = ({ lines }: Draft) => new Map(lines.map(({ id, content }) => [id, content]))

/** All lines: in my order where I have changed it, otherwise in theirs; one that is not on that side is after the line that it stands behind. */
function orderOf({ opened, mine, theirs }: Sides): string[] {
  const [was, ours, others] = [opened, mine, theirs].map(({ lines }) => lines.map(({ id }) => id)) as [string[], string[], string[]]
  const isMoved = ours.filter((id) => was.includes(id)).join() !== was.filter((id) => ours.includes(id)).join()
  const [order, rest] = isMoved ? [ours, others] : [others, ours]
  return rest.reduce((ids, id, index) => {
    return ids.includes(id) ? ids : ids.toSpliced(ids.indexOf(rest[index - 1] ?? '') + 1, 0, id)
  }, order)
}

/** A line that is off the list elsewhere can't come back under its id: it is a new one. */
export function renewed(draft: Draft, theirs: Draft): Draft {
  const isThere = (id: string) => theirs.lines.some((line) => line.id === id)
  return { ...draft, lines: draft.lines.map((line) => (isThere(line.id) ? line : { ...line, id: crypto.randomUUID() })) }
}

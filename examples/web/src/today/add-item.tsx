import { type FormEvent, useState } from 'react'
import type { ChecklistFieldsFragment } from '../../../client/src/generated/graphql.js'
import { useDoorstep } from '../device/device.js'
import { PlusIcon } from '../shell/icons.js'
import { useWords } from '../words/words.js'

type Props = { scenarioId: string; checklist: ChecklistFieldsFragment; isToday: boolean }

/** Adds what is for one day alone; stays open, for more. */
export function AddItem({ scenarioId, checklist, isToday }: Props) {
  const doorstep = useDoorstep()
  const words = useWords()
  const [content, setContent] = useState<string | null>(null)
  const label = isToday ? words.addItem : words.addItemThatDay
  if (content === null) {
    return (
      <button type="button" className="add" onClick={() => setContent('')}>
        <PlusIcon />
        {label}
      </button>
    )
  }
  function add(event: FormEvent) {
    event.preventDefault()
    const text = content?.trim()
    if (!text) return setContent(null)
    const input = { id: crypto.randomUUID(), scenarioId, date: checklist.date, content: text }
    void doorstep.perform('addTodayMission', input, { checklistId: checklist.id })
    setContent('')
  }
  return (
    <form className="item-form" onSubmit={add}>
      <input
        // biome-ignore lint/a11y/noAutofocus: the member has just asked to write here
        autoFocus
        aria-label={label}
        placeholder={label}
        maxLength={100}
        value={content}
        onChange={({ target }) => setContent(target.value)}
        onBlur={() => content.trim() === '' && setContent(null)}
        onKeyDown={({ key }) => key === 'Escape' && setContent(null)}
      />
      <button type="submit" className="text">
        {words.add}
      </button>
    </form>
  )
}

import { type FocusEvent, type FormEvent, useState } from 'react'
import type { ChecklistFieldsFragment } from '../../../client/src/generated/graphql.js'
import { useDoorstep } from '../device/device.js'
import { PlusIcon } from '../shell/icons.js'
import { useOpener } from '../shell/opener.js'
import { useWords } from '../words/words.js'

type Props = { scenarioId: string; checklist: ChecklistFieldsFragment; isToday: boolean }

/** Adds what is for one day alone; stays open, for more. */
export function AddItem({ scenarioId, checklist, isToday }: Props) {
  const doorstep = useDoorstep()
  const words = useWords()
  const [content, setContent] = useState<string | null>(null)
  const { opener, goBack } = useOpener()
  const label = isToday ? words.addItem : words.addItemThatDay
  if (content === null) {
    return (
      <button ref={opener} type="button" className="add" onClick={() => setContent('')}>
        <PlusIcon />
        {label}
      </button>
    )
  }
  function close() {
    goBack()
    setContent(null)
  }
  // Whoever goes elsewhere stays there.
  function leave({ currentTarget, relatedTarget }: FocusEvent) {
    if (content?.trim() === '' && !currentTarget.contains(relatedTarget)) setContent(null)
  }
  function add(event: FormEvent) {
    event.preventDefault()
    const text = content?.trim()
    if (!text) return close()
    const input = { id: crypto.randomUUID(), scenarioId, date: checklist.date, content: text }
    void doorstep.perform('addTodayMission', input, { checklistId: checklist.id })
    setContent('')
  }
  return (
    <form className="item-form" onSubmit={add} onBlur={leave}>
      <input
        // biome-ignore lint/a11y/noAutofocus: the member has just asked to write here
        autoFocus
        aria-label={label}
        placeholder={label}
        maxLength={100}
        value={content}
        onChange={({ target }) => setContent(target.value)}
        onKeyDown={({ key }) => key === 'Escape' && close()}
      />
      <button type="submit" className="text">
        {words.add}
      </button>
    </form>
  )
}

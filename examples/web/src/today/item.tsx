import { type FormEvent, useState } from 'react'
import { itemOf } from '../../../client/src/ahead-items.js'
import type { ChecklistFieldsFragment, ItemFieldsFragment } from '../../../client/src/generated/graphql.js'
import { useDoorstep } from '../device/device.js'
import { CloseIcon, PencilIcon } from '../shell/icons.js'
import { useOpener } from '../shell/opener.js'
import { useSnack } from '../shell/snack.js'
import { useWords } from '../words/words.js'

type Props = { item: ItemFieldsFragment; checklist: ChecklistFieldsFragment; scenarioId: string; isToday: boolean }

export function Item(props: Props) {
  const { item, checklist, isToday } = props
  const doorstep = useDoorstep()
  const words = useWords()
  const [isEdited, setIsEdited] = useState(false)
  const { opener, goBack } = useOpener()
  const close = () => {
    goBack()
    setIsEdited(false)
  }
  if (isEdited) return <ItemForm {...props} onClose={close} />
  const isOwn = item.type === 'TODAY'
  const isFixed = checklist.closed || item.missionId === null
  return (
    <li>
      <label>
        <input
          type="checkbox"
          checked={item.isChecked}
          disabled={isFixed}
          onChange={({ target }) => void doorstep.check(item, checklist, target.checked)}
        />
        <span>{item.content}</span>
        {isOwn && <em className="today">{isToday ? words.onlyToday : words.onlyThatDay}</em>}
      </label>
      {isOwn && !isFixed && (
        <button ref={opener} type="button" className="quiet" aria-label={words.editList(item.content)} onClick={() => setIsEdited(true)}>
          <PencilIcon />
        </button>
      )}
    </li>
  )
}

/** A TODAY mission while it is changed: its words, or away with it. */
function ItemForm({ item, checklist, scenarioId, onClose }: Props & { onClose(): void }) {
  const doorstep = useDoorstep()
  const words = useWords()
  const say = useSnack()
  const [content, setContent] = useState(item.content)
  const missionId = item.missionId as string
  const hint = { itemId: item.id, checklistId: checklist.id }

  function save(event: FormEvent) {
    event.preventDefault()
    const next = content.trim()
    if (next !== '' && next !== item.content) void doorstep.perform('updateTodayMission', { missionId, content: next }, hint)
    onClose()
  }
  function remove() {
    void doorstep.perform('deleteTodayMission', { missionId }, hint)
    const again = { id: crypto.randomUUID(), scenarioId, date: checklist.date, content: item.content }
    const run = () => {
      void doorstep.perform('addTodayMission', again, { checklistId: checklist.id })
      // As it is shown until the server has it.
      const shown = itemOf(checklist.id, { missionId: again.id, type: 'TODAY', content: item.content })
      if (item.isChecked) void doorstep.check(shown, checklist, true)
    }
    say({ text: words.deleted(item.content), action: { label: words.undo, run } })
    onClose()
  }
  return (
    <li>
      <form className="item-form" onSubmit={save}>
        <input
          // biome-ignore lint/a11y/noAutofocus: the member has just asked to write here
          autoFocus
          aria-label={words.editList(item.content)}
          maxLength={100}
          value={content}
          onChange={({ target }) => setContent(target.value)}
          onKeyDown={({ key }) => key === 'Escape' && onClose()}
        />
        <button type="submit" className="text">
          {words.save}
        </button>
        <button type="button" className="quiet" aria-label={words.remove(item.content)} onClick={remove}>
          <CloseIcon />
        </button>
      </form>
    </li>
  )
}

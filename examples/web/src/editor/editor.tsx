import { type FormEvent, useState } from 'react'
import { useDoorstep } from '../device/device.js'
import { Sheet } from '../shell/sheet.js'
import { useWords } from '../words/words.js'
import { useDeletion } from './deletion.js'
import { draftOf, fieldsOf, type Scenario } from './draft.js'
import { Lines } from './lines.js'
import { saveChange } from './save.js'

type Props = {
  scenario: Scenario | null
  /** Is told the id of what was made. */
  onMade(id: string): void
  onClose(): void
}

/** Makes a scenario where none is given, or changes one, from what it was when the editor was opened. */
export function Editor({ scenario, onMade, onClose }: Props) {
  const doorstep = useDoorstep()
  const words = useWords()
  const remove = useDeletion()
  const [opened] = useState(scenario)
  const [draft, setDraft] = useState(() => draftOf(scenario))

  function save(event: FormEvent) {
    event.preventDefault()
    if (opened) {
      saveChange(doorstep, opened, draft)
    } else {
      const id = crypto.randomUUID()
      void doorstep.perform('createScenario', { id, ...fieldsOf(draft) })
      onMade(id)
    }
    onClose()
  }

  return (
    <Sheet title={opened ? words.editList(opened.name) : words.newList} onClose={onClose}>
      <form className="editor" onSubmit={save}>
        <label className="field">
          <span>{words.editor.name}</span>
          <input
            required
            maxLength={50}
            placeholder={words.editor.namePlaceholder}
            value={draft.name}
            // A name of spaces is none.
            onChange={({ target }) => setDraft({ ...draft, name: target.value.trim() && target.value })}
          />
        </label>
        <label className="field">
          <span>{words.editor.memo}</span>
          <input
            maxLength={200}
            placeholder={words.editor.memoPlaceholder}
            value={draft.memo}
            onChange={({ target }) => setDraft({ ...draft, memo: target.value })}
          />
        </label>
        <Lines lines={draft.lines} onChange={(lines) => setDraft({ ...draft, lines })} />
        <div className="actions">
          {opened && (
            <button
              type="button"
              className="danger"
              onClick={() => {
                remove(opened)
                onClose()
              }}
            >
              {words.editor.deleteList}
            </button>
          )}
          <button type="submit" className="primary">
            {words.save}
          </button>
        </div>
      </form>
    </Sheet>
  )
}

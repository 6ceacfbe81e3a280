import { useRef } from 'react'
import { CloseIcon, PlusIcon } from '../shell/icons.js'
import { Sorting, useDraggedElement } from '../today/sorting.js'
import { useWords } from '../words/words.js'
import { type Line, newLine } from './draft.js'

type Props = { lines: Line[]; onChange(lines: Line[]): void }

/** The lines of a template: to be written, dragged and taken away. */
export function Lines({ lines, onChange }: Props) {
  const words = useWords()
  const list = useRef<HTMLUListElement>(null)
  const ids = lines.map(({ id }) => id)
  const add = (index: number) => {
    onChange(lines.toSpliced(index, 0, newLine()))
    // When it is there.
    requestAnimationFrame(() => list.current?.querySelectorAll('input')[index]?.focus())
  }
  const nameOf = (id: string) => lines.find((line) => line.id === id)?.content || words.editor.line(ids.indexOf(id) + 1)
  return (
    <fieldset className="lines">
      <legend>{words.editor.lines}</legend>
      <Sorting ids={ids} nameOf={nameOf} onDrop={(_id, next) => onChange(next.map((id) => lines.find((line) => line.id === id) as Line))}>
        <ul ref={list}>
          {lines.map((line, index) => (
            <Row
              key={line.id}
              line={line}
              name={nameOf(line.id)}
              label={words.editor.line(index + 1)}
              onWrite={(content) => onChange(lines.with(index, { ...line, content }))}
              onNext={() => add(index + 1)}
              onRemove={() => onChange(lines.toSpliced(index, 1))}
            />
          ))}
        </ul>
      </Sorting>
      <button type="button" className="add" onClick={() => add(lines.length)}>
        <PlusIcon />
        {words.editor.addLine}
      </button>
    </fieldset>
  )
}

type RowProps = { line: Line; name: string; label: string; onWrite(content: string): void; onNext(): void; onRemove(): void }

function Row({ line, name, label, onWrite, onNext, onRemove }: RowProps) {
  const words = useWords()
  const { grip, isDragging, element } = useDraggedElement(line.id, name)
  return (
    <li className={isDragging ? 'line lifted' : 'line'} {...element}>
      {grip}
      <input
        aria-label={label}
        placeholder={words.editor.linePlaceholder}
        maxLength={100}
        value={line.content}
        onChange={({ target }) => onWrite(target.value)}
        onKeyDown={(event) => {
          // Not the Enter that ends the composition of a syllable.
          if (event.key !== 'Enter' || event.nativeEvent.isComposing) return
          event.preventDefault()
          onNext()
        }}
      />
      <button type="button" className="quiet" aria-label={words.remove(name)} onClick={onRemove}>
        <CloseIcon />
      </button>
    </li>
  )
}

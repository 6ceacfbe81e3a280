import type { Operation } from '../../../client/src/operation.js'
import { useDoorstep } from '../device/device.js'
import { useHome } from '../device/queries.js'
import { Sheet } from '../shell/sheet.js'
import { useWords } from '../words/words.js'
import { type Draft, draftOf, merge, openedBy, renewed, wantedBy } from './draft.js'
import { saveChange } from './save.js'

/** Both sides of a scenario that was changed here and elsewhere, to choose from. */
export function Conflict({ operation, onClose }: { operation: Operation<'updateScenario'>; onClose(): void }) {
  const doorstep = useDoorstep()
  const words = useWords()
  const { data } = useHome()
  const scenario = data?.me.scenarios.find(({ id }) => id === operation.input.id)
  if (!scenario) return null
  const theirs = draftOf(scenario)
  const opened = openedBy(operation.hint)
  const mine = wantedBy(operation.input, opened)
  const keep = (draft: Draft) => {
    saveChange(doorstep, scenario, renewed(draft, theirs))
    onClose()
  }
  return (
    <Sheet title={words.conflict.title} onClose={onClose}>
      <p className="soft">{words.conflict.text(theirs.name)}</p>
      <div className="sides">
        <Side title={words.conflict.mine} draft={mine} other={theirs} />
        <Side title={words.conflict.theirs} draft={theirs} other={mine} />
      </div>
      <div className="actions stacked">
        <button type="button" className="primary" onClick={() => keep(merge({ opened, mine, theirs }))}>
          {words.conflict.merge}
        </button>
        <button type="button" className="secondary" onClick={() => keep(mine)}>
          {words.conflict.keepMine}
        </button>
        <button type="button" className="secondary" onClick={onClose}>
          {words.conflict.keepTheirs}
        </button>
      </div>
    </Sheet>
  )
}

/** One side; what the other one lacks is marked. */
function Side({ title, draft, other }: { title: string; draft: Draft; other: Draft }) {
  const lacks = (content: string) => !other.lines.some((line) => line.content === content)
  return (
    <section className="side">
      <h3>{title}</h3>
      <p className={draft.name === other.name ? 'side-name' : 'side-name differs'}>{draft.name}</p>
      {draft.memo && <p className={draft.memo === other.memo ? 'soft small' : 'small differs'}>{draft.memo}</p>}
      <ul>
        {draft.lines.map(({ id, content }) => (
          <li key={id} className={lacks(content) ? 'differs' : ''}>
            {content}
          </li>
        ))}
      </ul>
    </section>
  )
}

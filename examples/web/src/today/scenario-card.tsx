import type { DayPhase } from '../../../client/src/generated/graphql.js'
import { PencilIcon } from '../shell/icons.js'
import { namesOf } from '../words/dates.js'
import { useLanguage } from '../words/words.js'
import { AddItem } from './add-item.js'
import { Item } from './item.js'
import type { List } from './lists.js'
import { Ring } from './ring.js'
import { useDraggedElement } from './sorting.js'

type Props = { list: List; phase: DayPhase; isOpen: boolean; onToggle(): void; onEdit(): void }

/** One list of one day: its name, how far it is, and what is on it. */
export function ScenarioCard({ list, phase, isOpen, onToggle, onEdit }: Props) {
  const { words } = useLanguage()
  const { grip, isDragging, element } = useDraggedElement(list.id, list.name)
  const { checklist } = list
  const panel = `items-${list.id}`
  return (
    <article className={`card ${isDragging ? 'lifted' : ''}`} {...element} aria-label={list.name}>
      <header>
        {grip}
        <h2>
          <button type="button" className="title" aria-expanded={isOpen} aria-controls={panel} onClick={onToggle}>
            <span>{list.name}</span>
            <Details list={list} />
          </button>
        </h2>
        <Ring checked={checklist.checkedCount} total={checklist.totalCount} />
      </header>
      <div id={panel} hidden={!isOpen}>
        {isOpen && (
          <>
            {checklist.items.length === 0 && <p className="soft card-note">{words.emptyCard}</p>}
            <ul>
              {checklist.items.map((item) => (
                <Item key={item.missionId ?? item.id} item={item} checklist={checklist} scenarioId={list.id} isToday={phase === 'TODAY'} />
              ))}
            </ul>
            {!checklist.closed && (
              <footer>
                <AddItem scenarioId={list.id} checklist={checklist} isToday={phase === 'TODAY'} />
                <button type="button" className="edit" aria-label={words.editList(list.name)} onClick={onEdit}>
                  <PencilIcon />
                  {words.edit}
                </button>
              </footer>
            )}
          </>
        )}
      </div>
    </article>
  )
}

/** When it calls for attention, and its note. */
function Details({ list: { memo, notification } }: { list: List }) {
  const { words, language } = useLanguage()
  const bell = notification?.active ? notification : null
  const when = bell && [
    bell.time && `${namesOf(words, language, bell.daysOfWeek)} ${bell.time}`,
    bell.place && words.bell.place[bell.place.on],
  ]
  const parts = [...(when ?? [words.bell.none]), memo].filter(Boolean)
  return <small>{parts.join(' · ')}</small>
}

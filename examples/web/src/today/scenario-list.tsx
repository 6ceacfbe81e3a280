import { useEffect, useRef, useState } from 'react'
import type { DayPhase } from '../../../client/src/generated/graphql.js'
import { useDoorstep } from '../device/device.js'
import { useGlide } from './glide.js'
import type { List } from './lists.js'
import { ScenarioCard } from './scenario-card.js'
import { Sorting } from './sorting.js'

type Props = {
  lists: List[]
  phase: DayPhase
  /** The list that was made last: it is open. */
  made: string | null
  onEdit(id: string): void
}

export function ScenarioList({ lists, phase, made, onEdit }: Props) {
  const doorstep = useDoorstep()
  const known = lists.map(({ id }) => id)
  /** The order as it was dropped, until the cache shows it. */
  const [dropped, setDropped] = useState<string[] | null>(null)
  const [isLifted, setIsLifted] = useState(false)
  const order = known.join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever the new order is, it takes the place of the dropped one
  useEffect(() => setDropped(null), [order])

  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map())
  const first = useRef<string | undefined>(undefined)
  first.current ??= (lists.find(({ checklist }) => checklist.checkedCount < checklist.totalCount) ?? lists[0])?.id
  const isOpen = (id: string) => toggled.get(id) ?? (id === first.current || id === made)

  const section = useRef<HTMLElement>(null)
  useGlide(section, isLifted || dropped !== null)

  const ids = dropped && dropped.length === known.length ? dropped : known
  const byId = new Map(lists.map((list) => [list.id, list]))
  const shown = ids.flatMap((id) => byId.get(id) ?? [])

  function drop(id: string, next: string[]) {
    const index = next.indexOf(id)
    setDropped(next)
    void doorstep.move(id, { prevId: next[index - 1] ?? null, nextId: next[index + 1] ?? null })
  }

  return (
    <Sorting ids={ids} nameOf={(id) => byId.get(id)?.name ?? ''} onLift={setIsLifted} onDrop={drop}>
      <section className="list" ref={section}>
        {shown.map((list) => (
          <ScenarioCard
            key={list.id}
            list={list}
            phase={phase}
            isOpen={isOpen(list.id)}
            onToggle={() => setToggled(new Map(toggled).set(list.id, !isOpen(list.id)))}
            onEdit={() => onEdit(list.id)}
          />
        ))}
      </section>
    </Sorting>
  )
}

import {
  type Announcements,
  closestCenter,
  DndContext,
  type DragEndEvent,
  KeyboardSensor,
  PointerSensor,
  useSensor,
  useSensors,
} from '@dnd-kit/core'
import { arrayMove, SortableContext, sortableKeyboardCoordinates, useSortable, verticalListSortingStrategy } from '@dnd-kit/sortable'
import { type ReactNode, useId } from 'react'
import { GripIcon } from '../shell/icons.js'
import type { Words } from '../words/ko.js'
import { useWords } from '../words/words.js'

type Props = {
  ids: string[]
  nameOf(id: string): string
  /** Is told of a lift and of a drop. */
  onLift?(isLifted: boolean): void
  onDrop(id: string, ids: string[]): void
  children: ReactNode
}

/** A list whose elements are dragged by a mouse, a finger or the keyboard. */
export function Sorting({ ids, nameOf, onLift, onDrop, children }: Props) {
  const words = useWords()
  const id = useId()
  const sensors = useSensors(
    // A finger on the grip drags at once: it scrolls nothing (touch-action).
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  )
  function end({ active, over }: DragEndEvent) {
    onLift?.(false)
    const [from, to] = [ids.indexOf(String(active.id)), ids.indexOf(String(over?.id))]
    if (over && from !== to && from >= 0 && to >= 0) onDrop(String(active.id), arrayMove(ids, from, to))
  }
  return (
    <DndContext
      id={id}
      sensors={sensors}
      collisionDetection={closestCenter}
      onDragStart={() => onLift?.(true)}
      onDragCancel={() => onLift?.(false)}
      onDragEnd={end}
      accessibility={{
        announcements: announcements(words, ids, nameOf),
        screenReaderInstructions: { draggable: words.drag.instructions },
      }}
    >
      <SortableContext items={ids} strategy={verticalListSortingStrategy}>
        {children}
      </SortableContext>
    </DndContext>
  )
}

function announcements({ drag }: Words, ids: string[], nameOf: Props['nameOf']): Announcements {
  const name = (item: { id: unknown }) => nameOf(String(item.id))
  const place = (item: { id: unknown }) => ids.indexOf(String(item.id)) + 1
  return {
    onDragStart: ({ active }) => drag.lifted(name(active)),
    onDragOver: ({ active, over }) => (over ? drag.over(name(active), place(over), ids.length) : undefined),
    onDragEnd: ({ active, over }) => (over ? drag.dropped(name(active), place(over)) : drag.cancelled(name(active))),
    onDragCancel: ({ active }) => drag.cancelled(name(active)),
  }
}

/** What an element of the list needs to be moved, and its grip. */
export function useDraggedElement(id: string, name: string) {
  const words = useWords()
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } = useSortable({ id })
  const grip = (
    <button type="button" className="grip" ref={setActivatorNodeRef} {...attributes} {...listeners} aria-label={words.reorder(name)}>
      <GripIcon />
    </button>
  )
  const style = transform ? { transform: `translate3d(0, ${Math.round(transform.y)}px, 0)`, transition } : {}
  return { grip, isDragging, element: { ref: setNodeRef, style, 'data-id': id } }
}

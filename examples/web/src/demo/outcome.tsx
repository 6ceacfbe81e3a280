import { useWords } from '../words/words.js'
import type { Both } from './shown.js'

/** Whether both devices show the same, and what was lost on the way. */
export function Outcome({ shown: { left, right, seenMs } }: { shown: Both }) {
  const { demo } = useWords()
  if (!left || !right) return <p className="outcome">{demo.preparing}</p>
  const waiting = left.waiting + right.waiting
  const lost = left.lost + right.lost
  const isAlike = left.lists === right.lists && waiting === 0
  const told = [isAlike ? demo.alike : demo.differ(waiting), isAlike && seenMs !== null && demo.seen(seenMs), lost > 0 && demo.lost(lost)]
  return <p className={isAlike ? 'outcome alike' : 'outcome differ'}>{told.filter(Boolean).join(' · ')}</p>
}

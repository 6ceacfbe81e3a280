import type { CSSProperties } from 'react'
import { useWords } from '../words/words.js'

/** How much of a list is done. */
export function Ring({ checked, total }: { checked: number; total: number }) {
  const words = useWords()
  const isFull = total > 0 && checked === total
  const style = { '--p': total === 0 ? 0 : (checked / total) * 100 } as CSSProperties
  return (
    <span className={`ring ${isFull ? 'full' : ''}`} style={style} role="img" aria-label={words.done(checked, total)}>
      {isFull ? '✓' : `${checked}/${total}`}
    </span>
  )
}

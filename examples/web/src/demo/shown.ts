import { useEffect, useState } from 'react'
import { type Shown, type ShownEvent, shownEvent } from '../device/steering.js'

export type Both = {
  left: Shown | null
  right: Shown | null
  /** How long the later one took to show the same. */
  seenMs: number | null
}

/** What the two devices show, as they tell it. */
export function useShown(): Both {
  const [both, setBoth] = useState<Both>({ left: null, right: null, seenMs: null })
  useEffect(() => {
    const hear = (event: Event) => {
      const { device, shown } = (event as ShownEvent).detail
      setBoth((before) => {
        const [known, other] = device === 'left' ? [before.left, before.right] : [before.right, before.left]
        // When it began to show this.
        const atMs = known?.lists === shown.lists ? known.atMs : shown.atMs
        const isNews = known !== null && other !== null && known.lists !== shown.lists && other.lists === shown.lists
        return {
          ...before,
          [device]: { ...shown, atMs },
          seenMs: isNews ? Math.max(1, Math.round(atMs - other.atMs)) : before.seenMs,
        }
      })
    }
    window.addEventListener(shownEvent, hear)
    return () => window.removeEventListener(shownEvent, hear)
  }, [])
  return both
}

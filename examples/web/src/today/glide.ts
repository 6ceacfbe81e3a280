import { type RefObject, useLayoutEffect, useRef } from 'react'

const stillness = matchMedia('(prefers-reduced-motion: reduce)')

/**
 * Lets a list's elements glide from where they were to where they are, so that what another device has moved is seen to move. Not while
 * the member drags: then they follow the finger.
 */
export function useGlide(list: RefObject<HTMLElement | null>, isStill: boolean): void {
  const tops = useRef(new Map<string, number>())
  useLayoutEffect(() => {
    const known = tops.current
    tops.current = new Map()
    for (const element of list.current?.querySelectorAll<HTMLElement>(':scope > [data-id]') ?? []) {
      const id = element.dataset.id as string
      const top = element.offsetTop
      const before = known.get(id) ?? top
      tops.current.set(id, top)
      if (before === top || isStill || stillness.matches) continue
      element.animate([{ transform: `translateY(${before - top}px)` }, { transform: 'none' }], {
        duration: 280,
        easing: 'cubic-bezier(.2, .8, .2, 1)',
      })
    }
  })
}

import { useEffect, useState } from 'react'
import { useIsOffline, useWaiting } from '../device/device.js'
import { useWords } from '../words/words.js'

/** What waits for less than this is not spoken of. */
const noticedAfterMs = 1_500

/** Says what the network keeps from being sent. */
export function Banner() {
  const isOffline = useIsOffline()
  const waiting = useWaiting()
  const words = useWords()
  const isSlow = useLasts(waiting > 0, noticedAfterMs)
  const text = isOffline ? words.offline(waiting) : isSlow ? words.sending(waiting) : null
  return <div role="status">{text && <p className="banner">{text}</p>}</div>
}

/** True once something has been so for a while. */
function useLasts(is: boolean, ms: number): boolean {
  const [lasts, setLasts] = useState(false)
  useEffect(() => {
    const timer = is ? setTimeout(() => setLasts(true), ms) : undefined
    if (!is) setLasts(false)
    return () => clearTimeout(timer)
  }, [is, ms])
  return is && lasts
}

import { useEffect } from 'react'
import { failureOf } from '../../../client/src/failures.js'
import { tell } from '../words/failure.js'
import { useWords } from '../words/words.js'

/** In place of what could not be loaded: why, and what to do. Tries again by itself when the network is back. */
export function Problem({ error, onRetry }: { error: unknown; onRetry(): void }) {
  const words = useWords()
  useEffect(() => {
    globalThis.addEventListener('online', onRetry)
    return () => globalThis.removeEventListener('online', onRetry)
  }, [onRetry])
  return (
    <section className="empty" role="alert">
      <p>{tell(words, failureOf(error))}</p>
      <button type="button" className="pill" onClick={onRetry}>
        {words.retry}
      </button>
    </section>
  )
}

export function Loading() {
  const words = useWords()
  return (
    <div className="loading" role="status" aria-label={words.loading}>
      <div className="boot-card boot-tall" />
      <div className="boot-card" />
    </div>
  )
}

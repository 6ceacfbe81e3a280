import { createContext, type ReactNode, use, useCallback, useEffect, useState } from 'react'
import { useWords } from '../words/words.js'
import { CloseIcon } from './icons.js'

export type Snack = { text: string; action?: { label: string; run(): void }; isProblem?: boolean }

const SnackContext = createContext<(snack: Snack) => void>(() => {})

/** Says something at the bottom of the screen. */
export const useSnack = () => use(SnackContext)

const shownForMs = 7_000
const problemShownForMs = 12_000

export function SnackProvider({ children }: { children: ReactNode }) {
  const [snack, setSnack] = useState<(Snack & { id: number }) | null>(null)
  const words = useWords()
  const say = useCallback((next: Snack) => setSnack((before) => ({ ...next, id: (before?.id ?? 0) + 1 })), [])
  const close = () => setSnack(null)
  useEffect(() => {
    if (!snack) return
    const timer = setTimeout(() => setSnack(null), snack.isProblem ? problemShownForMs : shownForMs)
    return () => clearTimeout(timer)
  }, [snack])
  const act = () => {
    snack?.action?.run()
    close()
  }
  return (
    <SnackContext value={say}>
      {children}
      <div className="snack-place" role={snack?.isProblem ? 'alert' : 'status'}>
        {snack && (
          <div key={snack.id} className={snack.isProblem ? 'snack problem' : 'snack'}>
            <span>{snack.text}</span>
            {snack.action && (
              <button type="button" onClick={act}>
                {snack.action.label}
              </button>
            )}
            {!snack.action && (
              <button type="button" className="snack-close" aria-label={words.close} onClick={close}>
                <CloseIcon />
              </button>
            )}
          </div>
        )}
      </div>
    </SnackContext>
  )
}

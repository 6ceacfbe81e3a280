import type { ReactNode } from 'react'
import { Banner } from './banner.js'

type Props = {
  title: string
  hint?: string
  /** Beside the title. */
  aside?: ReactNode
  children?: ReactNode
}

/** The head of a screen, and under it what the network keeps back. */
export function Top({ title, hint, aside, children }: Props) {
  return (
    <>
      <header className="top">
        <div className="hello">
          <h1 title={hint}>{title}</h1>
          {aside}
        </div>
        {children}
      </header>
      <Banner />
    </>
  )
}

import { type RefObject, useEffect, useRef, useState } from 'react'
import { type Steering, steeringKey } from '../device/steering.js'
import { useLanguage } from '../words/words.js'
import { Outcome } from './outcome.js'
import { useShown } from './shown.js'

type Frame = RefObject<HTMLIFrameElement | null>
const steeringOf = (frame: Frame) => (frame.current?.contentWindow as unknown as Record<string, Steering> | null)?.[steeringKey]

/** Two devices of one member beside each other, with what can go wrong as buttons. */
export function Demo({ member }: { member: Promise<string> }) {
  const { words, language } = useLanguage()
  const [left, right] = [useRef<HTMLIFrameElement>(null), useRef<HTMLIFrameElement>(null)]
  const [handle, setHandle] = useState<string | null>(null)
  const [hasFailed, setHasFailed] = useState(false)
  const [isCut, setIsCut] = useState(false)
  const [loses, setLoses] = useState(false)
  const shown = useShown()
  const isReady = shown.left !== null && shown.right !== null
  useEffect(() => void member.then(setHandle, () => setHasFailed(true)), [member])

  function cut() {
    steeringOf(right)?.cut(!isCut)
    setIsCut(!isCut)
  }
  function dragBoth() {
    steeringOf(left)?.drag('first')
    steeringOf(right)?.drag('last')
  }
  function loseAnswers() {
    for (const frame of [left, right]) steeringOf(frame)?.loseAnswers(!loses)
    setLoses(!loses)
  }
  const source = (device: string) => `/app?${new URLSearchParams({ device, handle: handle ?? '', language })}`

  return (
    <main className="stage">
      <section className="intro">
        <h1>{words.demo.title}</h1>
        <p>{words.demo.text}</p>
        <div className="controls">
          <button type="button" aria-pressed={isCut} disabled={!isReady} onClick={cut}>
            {words.demo.offline}
          </button>
          <button type="button" disabled={!isReady} onClick={dragBoth}>
            {words.demo.both}
          </button>
          <button type="button" aria-pressed={loses} disabled={!isReady} onClick={loseAnswers}>
            {words.demo.lose}
          </button>
        </div>
        <div role="status">{hasFailed ? <p className="outcome differ">{words.demo.failed}</p> : <Outcome shown={shown} />}</div>
      </section>
      <div className="phones">
        {handle && (
          <>
            <iframe className="phone" title={words.demo.left} ref={left} src={source('left')} />
            <iframe className="phone" title={words.demo.right} ref={right} src={source('right')} />
          </>
        )}
      </div>
    </main>
  )
}

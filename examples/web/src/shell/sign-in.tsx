import { type FormEvent, useState } from 'react'
import { failureOf } from '../../../client/src/failures.js'
import { SessionError } from '../../../client/src/session.js'
import { useDoorstep } from '../device/device.js'
import { tell } from '../words/failure.js'
import { useWords } from '../words/words.js'
import { DoorMark } from './icons.js'
import { Languages } from './languages.js'

export function SignIn({ isRevoked }: { isRevoked: boolean }) {
  const { session } = useDoorstep()
  const words = useWords()
  const [handle, setHandle] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setIsBusy] = useState(false)

  async function signIn(event: FormEvent) {
    event.preventDefault()
    setIsBusy(true)
    setProblem(null)
    try {
      await session.signInForDevelopment({ handle: handle.trim(), timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone })
    } catch (error) {
      const failure = error instanceof SessionError ? error.failure : failureOf(error)
      // Production has no such mutation.
      setProblem(failure.code === 'GRAPHQL_VALIDATION_FAILED' ? words.signIn.notHere : tell(words, failure))
      setIsBusy(false)
    }
  }

  return (
    <main className="sign-in">
      <DoorMark />
      <h1>{words.signIn.title}</h1>
      <p className="soft">{words.signIn.text}</p>
      {isRevoked && (
        <p className="banner" role="status">
          {words.signIn.revoked}
        </p>
      )}
      <form onSubmit={signIn}>
        <label className="field">
          <span>{words.signIn.handle}</span>
          <input
            required
            value={handle}
            onChange={(event) => setHandle(event.target.value)}
            autoComplete="username"
            autoCapitalize="none"
            aria-describedby="handle-help"
          />
        </label>
        <p className="soft small" id="handle-help">
          {words.signIn.handleHelp}
        </p>
        {problem && (
          <p className="problem-text" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" className="primary" disabled={isBusy}>
          {isBusy ? words.signIn.busy : words.signIn.button}
        </button>
      </form>
      <Languages />
      <a href="/app/demo">{words.signIn.demo}</a>
    </main>
  )
}

import { useDoorstep } from '../device/device.js'
import { useAccount } from '../device/queries.js'
import { Languages } from '../shell/languages.js'
import { Loading, Problem } from '../shell/problem.js'
import { Top } from '../shell/top.js'
import { dateIn } from '../words/dates.js'
import { useLanguage } from '../words/words.js'
import { Profile } from './profile.js'
import { Sessions } from './sessions.js'

/** Who the member is, how the day goes, where they are signed in, and what can be brought back. */
export function Account() {
  const { words, language } = useLanguage()
  const doorstep = useDoorstep()
  const { data, error, retry } = useAccount()
  if (!data) return error ? <Problem error={error} onRetry={retry} /> : <Loading />
  const { me } = data
  return (
    <>
      <Top title={me.nickname} />
      <div className="page">
        <Profile me={me} />
        <section className="card panel">
          <h2>{words.me.language}</h2>
          <Languages />
        </section>
        {me.deletedScenarios.length > 0 && (
          <section className="card panel">
            <h2>{words.me.deleted}</h2>
            <p className="soft small">{words.me.deletedText}</p>
            <ul className="rows">
              {me.deletedScenarios.map(({ id, name, deletedAt }) => (
                <li key={id}>
                  <span>
                    {name} <small className="soft">{dateIn(me.timeZone, language, deletedAt)}</small>
                  </span>
                  <button type="button" className="text" onClick={() => void doorstep.perform('restoreScenario', { id })}>
                    {words.me.restore}
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )}
        <Sessions sessions={me.sessions} />
      </div>
    </>
  )
}

import type { AccountQuery } from '../../../client/src/generated/graphql.js'
import { useDoorstep } from '../device/device.js'
import { moment } from '../words/dates.js'
import { useLanguage } from '../words/words.js'

/** Where the member is signed in, each to be ended from here. */
export function Sessions({ sessions }: { sessions: AccountQuery['me']['sessions'] }) {
  const { words, language } = useLanguage()
  const doorstep = useDoorstep()
  return (
    <section className="card panel">
      <h2>{words.me.sessions}</h2>
      <ul className="rows">
        {sessions.map(({ id, createdAt, current }) => (
          <li key={id}>
            <span>
              {words.me.since(moment(language, createdAt))} {current && <em className="today">{words.me.thisDevice}</em>}
            </span>
            {!current && (
              <button type="button" className="text" onClick={() => void doorstep.perform('revokeSession', { id })}>
                {words.me.signOutThere}
              </button>
            )}
          </li>
        ))}
      </ul>
      <button type="button" className="danger" onClick={() => void doorstep.session.signOut()}>
        {words.me.signOut}
      </button>
    </section>
  )
}

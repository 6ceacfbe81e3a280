import { useDoorstep } from '../device/device.js'
import { useAccount, useHome } from '../device/queries.js'
import { Loading, Problem } from '../shell/problem.js'
import { Top } from '../shell/top.js'
import { useWords } from '../words/words.js'
import { Bell } from './bell.js'
import { Switch } from './switch.js'

/** When each list calls for attention. */
export function Notifications() {
  const words = useWords()
  const doorstep = useDoorstep()
  const { data: home, error, retry } = useHome()
  const { data: account } = useAccount()
  if (!home) return error ? <Problem error={error} onRetry={retry} /> : <Loading />
  const isPaused = account?.me.notificationsPaused ?? false
  const { scenarios } = home.me
  return (
    <>
      <Top title={words.notifications} />
      <div className="page">
        <section className="card panel switched">
          <div>
            <h2 id="silence">{words.bell.paused}</h2>
            <p className="soft small">{words.bell.pausedText}</p>
          </div>
          <Switch
            isOn={isPaused}
            labelledBy="silence"
            onChange={(notificationsPaused) => void doorstep.perform('updateMember', { notificationsPaused })}
          />
        </section>
        {scenarios.length === 0 && <p className="soft centered">{words.bell.empty}</p>}
        {scenarios.map((scenario) => (
          <Bell key={scenario.id} scenario={scenario} isQuiet={isPaused} />
        ))}
      </div>
    </>
  )
}

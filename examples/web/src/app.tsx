import { ApolloProvider } from '@apollo/client/react'
import { useEffect, useState } from 'react'
import { Account } from './account/account.js'
import { Calendar } from './calendar/calendar.js'
import { useDoorstep } from './device/device.js'
import { Notifications } from './notifications/notifications.js'
import { Bar, type Screen } from './shell/bar.js'
import { Refusals } from './shell/refusals.js'
import { SignIn } from './shell/sign-in.js'
import { SnackProvider } from './shell/snack.js'
import { Today } from './today/today.js'

export function App() {
  const { session, apollo } = useDoorstep()
  const [memberId, setMemberId] = useState(session.memberId)
  const [isRevoked, setIsRevoked] = useState(false)
  useEffect(
    () =>
      session.onChange((state) => {
        setMemberId(state.memberId)
        setIsRevoked(state.memberId === null && state.revoked)
      }),
    [session],
  )
  if (memberId === null) return <SignIn isRevoked={isRevoked} />
  return (
    <ApolloProvider client={apollo}>
      <SnackProvider>
        <Screens key={memberId} memberId={memberId} />
      </SnackProvider>
    </ApolloProvider>
  )
}

function Screens({ memberId }: { memberId: string }) {
  const [screen, setScreen] = useState<Screen>('today')
  /** Null is today, whichever date that is. */
  const [date, setDate] = useState<string | null>(null)
  const show = (day: string | null) => {
    setDate(day)
    setScreen('today')
  }
  return (
    <div className="shell">
      <main className="screen">
        {screen === 'today' && <Today date={date} onDate={setDate} />}
        {screen === 'calendar' && <Calendar onDate={show} />}
        {screen === 'notifications' && <Notifications />}
        {screen === 'account' && <Account />}
      </main>
      <Bar screen={screen} onScreen={setScreen} />
      <Refusals memberId={memberId} />
    </div>
  )
}

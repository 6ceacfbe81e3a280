import { useWords } from '../words/words.js'
import { BellIcon, CalendarIcon, MemberIcon, TodayIcon } from './icons.js'

const screens = { today: TodayIcon, calendar: CalendarIcon, notifications: BellIcon, account: MemberIcon }
export type Screen = keyof typeof screens

export function Bar({ screen, onScreen }: { screen: Screen; onScreen(screen: Screen): void }) {
  const words = useWords()
  return (
    <nav className="bar" aria-label={words.navigation}>
      {(Object.keys(screens) as Screen[]).map((name) => {
        const Icon = screens[name]
        return (
          <button key={name} type="button" aria-current={name === screen ? 'page' : undefined} onClick={() => onScreen(name)}>
            <Icon />
            {words[name]}
          </button>
        )
      })}
    </nav>
  )
}

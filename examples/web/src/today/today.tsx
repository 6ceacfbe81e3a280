import { useState } from 'react'
import { useCalendar, useHome } from '../device/queries.js'
import { Editor } from '../editor/editor.js'
import { FlameIcon, PlusIcon } from '../shell/icons.js'
import { Loading, Problem } from '../shell/problem.js'
import { Top } from '../shell/top.js'
import { addDays, fullDate, longDate } from '../words/dates.js'
import { useLanguage } from '../words/words.js'
import { DaysStrip } from './days-strip.js'
import { useLists } from './lists.js'
import { ScenarioList } from './scenario-list.js'

/** As far back as lists are kept. */
const keptDays = 31

/** The lists of one day: of today, where no date is given. */
export function Today({ date, onDate }: { date: string | null; onDate(date: string | null): void }) {
  const { words, language } = useLanguage()
  const home = useHome()
  const me = home.data?.me
  const today = me?.today ?? null
  const { data: calendar } = useCalendar(today === null ? null : { from: addDays(today, -keptDays), to: today })
  const shown = date === today ? null : date
  const { lists, error, retry } = useLists(shown)
  const [edited, setEdited] = useState<string | 'new' | null>(null)
  const [made, setMade] = useState<string | null>(null)

  if (!me || today === null) return home.error ? <Problem error={home.error} onRetry={home.retry} /> : <Loading />
  const streak = calendar?.me.currentStreak ?? 0
  const hasScenarios = me.scenarios.length > 0
  const phase = shown === null ? 'TODAY' : shown < today ? 'PAST' : 'FUTURE'

  // One that had nothing on it was not there yet, as far as a day that is over knows.
  const shownLists = phase === 'PAST' ? lists?.filter(({ checklist }) => checklist.totalCount > 0) : lists
  const select = (day: string) => onDate(day === today ? null : day)

  return (
    <>
      <Top
        title={shown === null ? words.today : longDate(language, shown)}
        hint={fullDate(language, shown ?? today)}
        aside={
          <>
            {shown !== null && (
              <button type="button" className="pill" onClick={() => onDate(null)}>
                {words.backToToday}
              </button>
            )}
            {streak > 0 && (
              <span className="streak">
                <FlameIcon /> {words.streak(streak)}
              </span>
            )}
          </>
        }
      >
        <DaysStrip today={today} selected={shown ?? today} calendar={calendar?.me} onSelect={select} />
        {phase !== 'TODAY' && <p className="soft small day-note">{phase === 'PAST' ? words.pastDay : words.futureDay}</p>}
      </Top>
      {lists === null && (error ? <Problem error={error} onRetry={retry} /> : <Loading />)}
      {shownLists && <ScenarioList lists={shownLists} phase={phase} made={made} onEdit={setEdited} />}
      {phase === 'PAST' && shownLists?.length === 0 && <p className="soft centered">{words.emptyDay}</p>}
      {!hasScenarios && phase !== 'PAST' && (
        <section className="empty">
          <h2>{words.emptyTitle}</h2>
          <p className="soft">{words.emptyText}</p>
        </section>
      )}
      {phase !== 'PAST' && (
        <button type="button" className={hasScenarios ? 'new-list' : 'primary new-first'} onClick={() => setEdited('new')}>
          <PlusIcon /> {words.newList}
        </button>
      )}
      {edited !== null && (
        <Editor scenario={me.scenarios.find(({ id }) => id === edited) ?? null} onMade={setMade} onClose={() => setEdited(null)} />
      )}
    </>
  )
}

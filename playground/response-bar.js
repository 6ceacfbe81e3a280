import { useOutcome } from './outcomes.js'

const { createElement: h, Fragment } = React
const { useEditorContext } = GraphiQL.React

/** The rows above the response: its status, time and size, and what to do where something went wrong. */
export const responseBar = () => h(GraphiQL.Footer, null, h(ResponseBar))

function ResponseBar() {
  const outcome = useOpenOutcome()
  return h(
    Fragment,
    null,
    h('output', { id: 'outcome' }, outcome ? h(Figures, outcome) : 'Press Run: the response comes here.'),
    outcome?.note && h('p', { id: 'note', role: 'alert' }, outcome.note),
  )
}

export function useOpenOutcome() {
  const { tabs, activeTabIndex } = useEditorContext({ nonNull: true })
  return useOutcome(tabs[activeTabIndex].id)
}

export function Figures({ sending, status, statusText, ms, bytes, codes = [], events }) {
  if (!status) return sending ? 'Waiting for the response' : 'No response'
  const kind = status >= 400 ? 'bad' : codes.length === 0 ? 'good' : undefined
  const figures = [events && (events === 1 ? '1 event' : `${events} events`), ms !== undefined && time(ms), bytes && size(bytes)]
  return h(
    Fragment,
    null,
    h('strong', { className: kind }, `${status} ${statusText}`.trim()),
    codes.map((code) => h('code', { key: code }, code)),
    figures.filter(Boolean).map((figure) => h('span', { key: figure }, figure)),
  )
}

const time = (ms) => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`)
const size = (bytes) => (bytes < 1_000 ? `${bytes} B` : `${(bytes / 1_000).toFixed(1)} kB`)

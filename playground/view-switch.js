import { Editors } from './editors.js'
import { useOpenOutcome } from './response-bar.js'

const { createElement: h, Fragment, useEffect, useLayoutEffect, useState } = React
const { useEditorContext, useExecutionContext, usePluginStore } = GraphiQL.React
const views = ['request', 'response']
const isNarrow = () => matchMedia('(max-width: 800px)').matches

/** Where the screen is too narrow for both: one of request and response at a time. Run shows the response. */
export function ViewSwitch() {
  const [view, setView] = useState('request')
  const { isFetching } = useExecutionContext({ nonNull: true })
  const { tabs, activeTabIndex } = useEditorContext({ nonNull: true })
  const { id } = tabs[activeTabIndex]
  const outcome = useOpenOutcome()
  const { visiblePlugin, setVisiblePlugin } = usePluginStore()
  const show = (name) => {
    setView(name)
    // The documentation and the history hide both.
    if (isNarrow()) setVisiblePlugin(null)
  }
  // Another tab is opened to be read.
  useEffect(() => show('request'), [id])
  useEffect(() => {
    if (isFetching) setView('response')
  }, [isFetching])
  useLayoutEffect(() => {
    document.body.dataset.view = view
  }, [view])
  const button = (name) =>
    h(
      'button',
      { key: name, type: 'button', 'aria-pressed': name === view && !(isNarrow() && visiblePlugin), onClick: () => show(name) },
      name === 'request' ? 'Request' : 'Response',
      name === 'response' && outcome?.status && h('small', null, ` ${outcome.status}`),
    )
  return h(Fragment, null, views.map(button), h(Editors, { view }))
}

import { setOpenTab } from './outcomes.js'
import { leaveTab } from './request.js'

const { createElement: h, useEffect, useRef } = React
const { useEditorContext, useExecutionContext } = GraphiQL.React

/**
 * The tabs, in the place of GraphiQL's own, which have a button in what is a tab already: screen readers can't get at it, and
 * a phone has no room for it. A list of buttons, of which one is the current one, says the same to everybody.
 */
export function TabsBar() {
  const { tabs, activeTabIndex, changeTab, closeTab, addTab } = useEditorContext({ nonNull: true })
  const { stop } = useExecutionContext({ nonNull: true })
  const current = useRef(null)
  const { id } = tabs[activeTabIndex]
  useEffect(() => {
    setOpenTab(id)
    current.current.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [id])

  const open = (index) => {
    if (index === activeTabIndex) return
    leaveTab(stop)
    changeTab(index)
  }
  const close = (index) => {
    if (index === activeTabIndex) stop()
    closeTab(index)
  }
  const items = tabs.map((tab, index) => {
    const isCurrent = index === activeTabIndex
    return h(
      'li',
      { key: tab.id, ref: isCurrent ? current : null, className: isCurrent ? 'current' : undefined },
      h(
        'button',
        {
          type: 'button',
          id: `graphiql-session-tab-${index}`,
          className: 'tab',
          'aria-current': isCurrent ? 'true' : undefined,
          onClick: () => open(index),
        },
        tab.title,
      ),
      tabs.length > 1 &&
        h('button', { type: 'button', className: 'close', 'aria-label': `Close ${tab.title}`, onClick: () => close(index) }, h(Cross)),
    )
  })
  return [
    h('ul', { key: 'tabs', onWheel: ({ currentTarget, deltaY }) => currentTarget.scrollBy({ left: deltaY }) }, items),
    h('button', { key: 'add', type: 'button', className: 'add', 'aria-label': 'New tab', title: 'New tab', onClick: addTab }, '+'),
  ]
}

const Cross = () => h('svg', { viewBox: '0 0 10 10', 'aria-hidden': true }, h('path', { d: 'M1 1 9 9M9 1 1 9' }))

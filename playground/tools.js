import { explain } from './advice.js'
import { asCurl, copy, linkTo } from './clipboard.js'
import { requestFor } from './request.js'

const { createElement: h, Fragment, useState } = React
const { useEditorContext, useExecutionContext } = GraphiQL.React

/** The row above the operation. GraphiQL's own Run is an icon without a word, and is not shown. */
export const tools = () => h(GraphiQL.Toolbar, null, ({ prettify, copy }) => h(Tools, { prettify, copy }))

function Tools({ prettify, copy: copyQuery }) {
  return h(Fragment, null, h(RunButton), prettify, copyQuery, h(CopyButtons), h(KeysHint))
}

function RunButton() {
  const { isFetching, isSubscribed, run, stop } = useExecutionContext({ nonNull: true })
  const { queryEditor, responseEditor } = useEditorContext({ nonNull: true })
  const isReady = Boolean(queryEditor && responseEditor) // Until then GraphiQL's run does nothing.
  const isRunning = isFetching || isSubscribed
  const shape = isRunning ? 'M3 3h10v10H3z' : 'M4 2.5v11L13.5 8z'
  const icon = h('svg', { viewBox: '0 0 16 16', 'aria-hidden': true }, h('path', { d: shape }))
  return h(
    'button',
    { type: 'button', className: 'run', disabled: !isReady, onClick: isRunning ? stop : run },
    icon,
    isRunning ? 'Stop' : 'Run',
  )
}

function CopyButtons() {
  const { queryEditor, variableEditor, headerEditor } = useEditorContext({ nonNull: true })
  const parsed = (editor) => JSON.parse(editor.getValue().trim() || '{}')
  const curl = () => {
    const { operationName } = queryEditor
    const params = { query: queryEditor.getValue(), variables: parsed(variableEditor), operationName: operationName ?? undefined }
    return asCurl(requestFor(params, parsed(headerEditor)))
  }
  const link = () => linkTo({ query: queryEditor.getValue(), variables: variableEditor.getValue() })
  const [said, setSaid] = useState('')
  const button = (label, make) => h('button', { type: 'button', className: 'copy', onClick: () => copyAndSay(make, setSaid) }, label)
  return h(Fragment, null, button('Copy curl', curl), button('Copy link', link), h('span', { role: 'status' }, said))
}

/** Says "Copied" for two seconds, or why not for six. */
async function copyAndSay(make, say) {
  const outcome = await copying(make)
  say(outcome)
  setTimeout(() => say((said) => (said === outcome ? '' : said)), outcome === 'Copied' ? 2_000 : 6_000)
}

async function copying(make) {
  try {
    await copy(make())
    return 'Copied'
  } catch (error) {
    return error instanceof SyntaxError ? 'Variables or Headers are no JSON.' : explain(error)
  }
}

const modifier = /Mac|iP/.test(navigator.platform) ? '⌘' : 'Ctrl+'

const KeysHint = () => h('p', { id: 'keys' }, h('kbd', null, `${modifier}Enter`), ' runs, ', h('kbd', null, 'Tab'), ' leaves the editor')

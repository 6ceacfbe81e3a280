// The playground: GraphiQL with tabs that show what Doorstep is for. Plain browser JavaScript, served as it is: no bundler.
// React, ReactDOM and GraphiQL are globals of the scripts before this one.
import { startOver } from './kept.js'
import { mendLateParts } from './late-parts.js'
import { showSession } from './memory.js'
import { fetcher } from './request.js'
import { responseBar } from './response-bar.js'
import { keepTabs, openLinkedTab, storage } from './storage.js'
import { defaultTabs } from './tabs.js'
import { TabsBar } from './tabs-bar.js'
import { tools } from './tools.js'
import { ViewSwitch } from './view-switch.js'

const { createElement: h } = React
const at = (id, component) => ReactDOM.createPortal(h(component), document.getElementById(id), id)

openLinkedTab()
showSession()
mendLateParts()
document.getElementById('start-over').addEventListener('click', startOver)

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  h(
    GraphiQL,
    {
      fetcher,
      storage,
      defaultTabs,
      onTabChange: keepTabs,
      defaultQuery: '# An operation of your own. Ctrl+Space completes it; the book on the left explains the schema.\n',
      defaultEditorToolsVisibility: 'variables',
      shouldPersistHeaders: false,
    },
    tools(),
    responseBar(),
    at('tabs', TabsBar),
    at('views', ViewSwitch),
  ),
)

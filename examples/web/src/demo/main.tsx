import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { LanguageProvider } from '../words/words.js'
import { Demo } from './demo.js'
import { prepare } from './prepare.js'

// Once for the page, whatever React does.
const member = prepare()

createRoot(document.getElementById('app') as HTMLElement).render(
  <StrictMode>
    <LanguageProvider>
      <Demo member={member} />
    </LanguageProvider>
  </StrictMode>,
)

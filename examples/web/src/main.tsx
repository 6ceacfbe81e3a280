import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.js'
import { DeviceProvider, openDevice } from './device/device.js'
import { beSteered } from './device/steering.js'
import { LanguageProvider } from './words/words.js'

const { searchParams } = new URL(location.href)
const name = searchParams.get('device')
const handle = searchParams.get('handle')

const device = await openDevice(name)
// One of the two of the demo.
if (name !== null && handle !== null) {
  beSteered(device, name)
  await device.doorstep.session.signInForDevelopment({ handle, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone })
}

createRoot(document.getElementById('app') as HTMLElement).render(
  <StrictMode>
    <LanguageProvider>
      <DeviceProvider value={device}>
        <App />
      </DeviceProvider>
    </LanguageProvider>
  </StrictMode>,
)

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import { hasChromium, sharedChromium } from '../../../tests/support/browser.js'
import { openWindow } from './window.js'

describe.skipIf(!hasChromium)('what the browser keeps for the web app', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp()
  })
  afterAll(() => app?.stop())
  const browser = sharedChromium()

  // Mutation check: red where siteStorage lets the error through: the page stays empty.
  test('may be nothing: where site data is blocked, a member signs in for as long as the page is open', async () => {
    const window = await openWindow(browser(), app.url)
    await window.page.addInitScript(`Object.defineProperty(window, 'localStorage', {
      get() { throw new DOMException('Access is denied for this document.', 'SecurityError') },
    })`)
    await window.signIn(randomUUID())
    await window.make('출근', '열쇠')
    await window.button('나').click()
    await window.button('English').click()
    await window.button('Today').waitFor()
  })

  // Mutation check: red where the language is stored before it is taken.
  test('may be full: the language changes all the same', async () => {
    const window = await openWindow(browser(), app.url)
    await window.signIn(randomUUID())
    await window.page.evaluate(`for (let size = 1 << 20, count = 0; size > 0; count++) {
      try { localStorage.setItem('filling ' + count, 'x'.repeat(size)) } catch { size >>= 1 }
    }`)
    await window.button('나').click()
    await window.button('English').click()
    await window.button('Today').waitFor()
    expect(await window.page.evaluate('document.documentElement.lang')).toBe('en')
  })
})

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
  // Mutation check: red without `all` in refusals.tsx, and without `remove`.
  test('has a conflict until it is decided: the next page asks about it again', async () => {
    const handle = randomUUID()
    const [one, other] = [await openWindow(browser(), app.url), await openWindow(browser(), app.url)]
    await one.signIn(handle)
    await one.make('출근', '열쇠')
    await other.signIn(handle)
    const rename = async ({ page, button }: typeof one, name: string) => {
      await button('출근 고치기').click()
      await page.getByRole('dialog').getByLabel('이름').fill(name)
      await button('저장').click()
    }
    const kept = ({ page }: typeof one, what: string) =>
      page.evaluate<number>(`Object.keys(localStorage).filter((key) => key.startsWith('doorstep.${what}.')).length`)
    await one.context.setOffline(true)
    await rename(one, '여기서')
    await rename(other, '저기서')
    await expect.poll(() => kept(other, 'queue'), { timeout: 30_000 }).toBe(0)
    await one.context.setOffline(false)
    const sheet = one.page.getByRole('dialog', { name: '다른 기기에서도 고쳤어요' })
    await sheet.waitFor()
    await one.page.reload()
    await sheet.getByText('저기서', { exact: true }).waitFor()
    await one.button('이 기기 것으로').click()
    await one.card('여기서').waitFor()
    expect([await sheet.count(), await kept(one, 'conflict')]).toEqual([0, 0])
    await other.card('여기서').waitFor()
  })
})

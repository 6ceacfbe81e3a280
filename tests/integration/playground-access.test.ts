import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.js'
import { findings as findingsOf } from '../support/axe.js'
import { hasChromium, sharedChromium } from '../support/browser.js'
import { visit } from '../support/playground.js'

/** axe-core fails where an element goes that it has found; the editors mark what can be folded 600 ms after the last change. */
const untilNothingChanges = `new Promise((resolve) => {
  const done = () => { observer.disconnect(); resolve() }
  let quiet = setTimeout(done, 1_000)
  const observer = new MutationObserver(() => { clearTimeout(quiet); quiet = setTimeout(done, 1_000) })
  observer.observe(document, { childList: true, subtree: true })
})`

async function findings(page: Page): Promise<string[]> {
  await page.evaluate(untilNothingChanges)
  return findingsOf(page)
}

const desktop = { width: 1440, height: 900 }
const phone = { width: 390, height: 844 }

describe.skipIf(!hasChromium)('everybody can use the playground', () => {
  let app: Awaited<ReturnType<typeof startTestApp>>
  beforeAll(async () => {
    app = await startTestApp()
  })
  afterAll(() => app?.stop())
  const browser = sharedChromium()

  /** `npm run test:long` looks at each width in each colour scheme. */
  const looks = [
    { viewport: desktop, colorScheme: 'light' as const },
    { viewport: phone, colorScheme: 'dark' as const },
    ...(process.env.LONG === 'true'
      ? [
          { viewport: desktop, colorScheme: 'dark' as const },
          { viewport: phone, colorScheme: 'light' as const },
        ]
      : []),
  ]

  // Mutation check: red without the colours of graphiql-theme.css, without the labels of editors.js, and with GraphiQL's own tabs.
  test.each(looks)('axe-core has no serious finding at $viewport.width px, $colorScheme', async (look) => {
    const playground = await visit(browser(), app.url, look)
    const { page } = playground
    await playground.open()
    expect.soft(await findings(page), 'as it opens').toEqual([])

    await playground.run('SignIn')
    await playground.run('CreateScenarios')
    await page.locator('.result-window').getByText('"gym"', { exact: true }).waitFor()
    expect.soft(await findings(page), 'with a response').toEqual([])

    await playground.tab('CheckMission').click()
    await page.getByRole('button', { name: 'Headers' }).click()
    await playground.write('Headers', '{ "authorization": "Bearer guessed" }')
    await playground.runButton().click()
    await playground.note().waitFor()
    expect.soft(await findings(page), 'with a rejection').toEqual([])

    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    await page.getByText('A GraphQL schema provides', { exact: false }).first().waitFor()
    expect.soft(await findings(page), 'with the documentation').toEqual([])
  })

  // Mutation check: red without late-parts.js.
  test('axe-core has no serious finding in what opens later: history, settings, completions', async () => {
    const playground = await visit(browser(), app.url, { viewport: desktop, colorScheme: 'dark' })
    const { page } = playground
    await playground.open()
    await playground.run('SignIn')
    await page.getByRole('button', { name: 'Show History' }).click()
    await page.locator('.graphiql-history-item-label').first().waitFor()
    expect.soft(await findings(page), 'history').toEqual([])

    await page.getByRole('button', { name: 'Open settings dialog' }).click()
    await page.getByRole('dialog').waitFor()
    expect.soft(await findings(page), 'settings').toEqual([])
    await page.keyboard.press('Escape')

    await playground.write('Operation', '{ me { ')
    await page.keyboard.press('Control+Space')
    await page.getByRole('option').first().waitFor()
    expect.soft(await findings(page), 'completions').toEqual([])
  })

  // Mutation check: red without `tabMovesOn` in editors.js.
  test.each(['Operation', 'Variables', 'Response'])('Tab and Shift+Tab leave the editor "%s" as it is', async (editor) => {
    const playground = await visit(browser(), app.url, { viewport: desktop })
    const { page } = playground
    await playground.open()
    const input = page.getByRole('textbox', { name: editor, exact: true })
    const hasFocus = () =>
      input.evaluate((element) => element.closest('.CodeMirror')?.contains(element.ownerDocument.activeElement) ?? false)
    const text = await page.locator('#graphiql-session').innerText()
    for (const key of ['Tab', 'Shift+Tab']) {
      await input.focus()
      await page.keyboard.press(key)
      if (await hasFocus()) await page.keyboard.press(key)
      expect([key, await hasFocus()]).toEqual([key, false])
    }
    expect(await page.locator('#graphiql-session').innerText()).toBe(text)
  })

  test('everything can be reached by Tab, and the page left again', async () => {
    const playground = await visit(browser(), app.url, { viewport: desktop })
    const { page } = playground
    await playground.open()
    const focused = `(() => {
      const { activeElement: at } = document
      return at === document.body ? 'the browser' : at.getAttribute('aria-label') ?? at.innerText.trim()
    })()`
    const reached: string[] = []
    await page.locator('#start-over').focus()
    do {
      await page.keyboard.press('Tab')
      reached.push(await page.evaluate<string>(focused))
    } while (reached.at(-1) !== 'the browser' && reached.length < 60)
    expect(reached.at(-1)).toBe('the browser')
    expect(reached).toEqual(
      expect.arrayContaining(['SignIn', 'Close SignIn', 'New tab', 'Run', 'Copy curl', 'Operation', 'Variables', 'Headers', 'Response']),
    )
    expect(reached).toEqual(expect.arrayContaining(['Show Documentation Explorer', 'Open settings dialog']))
  })

  test('a phone shows request and response in the whole of its width, and Run goes from one to the other', async () => {
    const playground = await visit(browser(), app.url, { viewport: phone, hasTouch: true })
    const { page } = playground
    await playground.open()
    const widthOf = async (selector: string) => (await page.locator(selector).boundingBox())?.width
    expect(await widthOf('.graphiql-query-editor')).toBe(390)
    expect(await page.locator('.graphiql-response').isVisible()).toBe(false)

    await playground.run('SignIn')
    await page.locator('.result-window').getByText('"accessToken"').waitFor()
    expect(await widthOf('.graphiql-response')).toBe(390)
    expect(await page.locator('.graphiql-query-editor').isVisible()).toBe(false)

    await page.getByRole('button', { name: 'Show Documentation Explorer' }).tap()
    expect(await widthOf('.graphiql-plugin')).toBe(390)
    await page.getByRole('button', { name: 'Request' }).tap()
    expect(await widthOf('.graphiql-query-editor')).toBe(390)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
  })
})

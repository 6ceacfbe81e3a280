import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import { findings } from '../../../tests/support/axe.js'
import { hasChromium, sharedChromium } from '../../../tests/support/browser.js'
import { openWindow, type Window } from './window.js'

/** Nothing that glides or fades is half way. */
const still = { reducedMotion: 'reduce' } as const

describe.skipIf(!hasChromium)('everybody can use the web app', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp()
  })
  afterAll(() => app?.stop())
  const browser = sharedChromium()

  async function inBothSchemes({ page }: Window, screen: string) {
    await page.emulateMedia({ colorScheme: 'light', ...still })
    expect([screen, await findings(page)]).toEqual([screen, []])
    await page.emulateMedia({ colorScheme: 'dark', ...still })
    expect([screen, 'dark', await findings(page, ['color-contrast'])]).toEqual([screen, 'dark', []])
  }

  test('axe-core finds nothing serious on any of its screens, light and dark', async () => {
    const window = await openWindow(browser(), app.url)
    const { page, button } = window
    await page.goto(`${app.url}/app`)
    await page.getByRole('textbox').waitFor()
    await inBothSchemes(window, 'sign-in')
    await window.signIn(randomUUID())
    await window.make('출근', '열쇠', '가스')
    await window.box('열쇠').click()
    await inBothSchemes(window, 'today')
    await button('출근 고치기').click()
    await page.getByRole('dialog').waitFor()
    await inBothSchemes(window, 'editor')
    await button('닫기').click()
    for (const screen of ['달력', '알림', '나']) {
      await button(screen).click()
      await page.getByRole('heading', { level: 1 }).waitFor()
      if (screen === '알림') await page.getByRole('switch', { name: '출근 알림' }).click()
      await inBothSchemes(window, screen)
    }
  })

  // Mutation check: red where the cleanup of Sheet focuses nothing, and where one of the two forms is closed without `goBack`.
  test('the keyboard is where it was when a sheet or a form closes', async () => {
    const window = await openWindow(browser(), app.url)
    const { page, button } = window
    await window.signIn(randomUUID())
    await window.make('출근', '열쇠')
    const isFocused = (name: string) =>
      expect
        .poll(() => page.evaluate('document.activeElement.ariaLabel ?? document.activeElement.textContent'), { timeout: 30_000 })
        .toBe(name)
    for (const end of ['닫기', '저장']) {
      await button('출근 고치기').press('Enter')
      await page.getByRole('dialog').getByRole('button', { name: end, exact: true }).press('Enter')
      await isFocused('출근 고치기')
    }
    await button('오늘만 챙길 것').press('Enter')
    await page.keyboard.type('우산')
    await page.keyboard.press('Enter')
    await window.box('우산').waitFor()
    await page.keyboard.press('Tab')
    await button('더하기').press('Enter')
    await isFocused('오늘만 챙길 것')
    for (const end of ['Escape', 'Enter']) {
      await button('우산 고치기').press('Enter')
      await page.keyboard.press(end)
      await isFocused('우산 고치기')
    }
  })

  // Mutation check: red where Network.cut does nothing, and where nothing is lost.
  test('the demo shows two devices that end up alike, whatever overlaps, is cut off or is lost', async () => {
    const { page, button } = await openWindow(browser(), app.url, { viewport: { width: 1120, height: 1200 }, locale: 'ko-KR' })
    await page.goto(`${app.url}/app/demo`)
    const alike = page.getByText('두 기기가 같아요', { exact: false })
    await alike.waitFor()
    const [left, right] = [page.frameLocator('iframe >> nth=0'), page.frameLocator('iframe >> nth=1')]
    const names = (device: typeof left) => device.locator('.card .title > span').allInnerTexts()
    const box = (device: typeof left, line: string) => device.getByRole('checkbox', { name: line })

    await button('오른쪽 오프라인').click()
    await box(right, '창문 닫기').click()
    await button('동시에 드래그').click()
    await right.getByText('오프라인 · 바뀐 것 2개를 연결되면 보낼게요').waitFor()
    await page.getByText('지금은 서로 달라요', { exact: false }).waitFor()
    expect(await box(left, '창문 닫기').isChecked()).toBe(false)
    await button('오른쪽 오프라인').click()
    await alike.waitFor()

    await button('응답 유실').click()
    const lost = page.getByText(/응답 \d+번을 잃었지만/)
    for (let ticks = 0; ticks < 20 && (await lost.count()) === 0; ticks++) {
      await box(left, '가스 밸브 잠그기').click()
      await button('동시에 드래그').click()
      await alike.waitFor()
    }
    await lost.waitFor()
    // A list is lifted for a moment before it moves.
    const orders = async () => ({ left: await names(left), right: await names(right), alike: await alike.count() })
    await expect.poll(orders, { timeout: 30_000 }).toSatisfy(({ left, right, alike }) => alike === 1 && left.join() === right.join())
    expect(await box(left, '창문 닫기').isChecked()).toBe(true)
    expect(await box(right, '가스 밸브 잠그기').isChecked()).toBe(await box(left, '가스 밸브 잠그기').isChecked())
    expect(await findings(page)).toEqual([])
  })
})

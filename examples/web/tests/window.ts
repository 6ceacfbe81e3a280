import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { openWatchedPage } from '../../../tests/support/browser.js'

export const phone = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  locale: 'ko-KR',
  timezoneId: 'UTC',
  reducedMotion: 'reduce',
} as const

/** The app in a browser window of its own, for one test, which fails where the page asked another host, broke its policy or complained. */
export async function openWindow(browser: Browser, url: string, options: BrowserContextOptions = phone): Promise<Window> {
  const { context, page, complaints } = await openWatchedPage(browser, options, 30_000)
  context.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) complaints.push(`asked another host: ${request.url()}`)
  })
  return new Window(context, page, url)
}

/** One member's device, and what is done on it. */
export class Window {
  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly url: string,
  ) {}

  readonly button = (name: string | RegExp) => this.page.getByRole('button', { name, exact: true })
  readonly card = (name: string) => this.page.getByRole('article', { name, exact: true })
  readonly box = (name: string) => this.page.getByRole('checkbox', { name })
  readonly grip = (name: string) => this.page.getByRole('button', { name: `순서 바꾸기: ${name}`, exact: true })
  readonly names = () => this.page.locator('.card .title > span').allInnerTexts()

  async signIn(handle: string) {
    await this.page.goto(`${this.url}/app`)
    await this.page.getByRole('textbox').fill(handle)
    await this.page.locator('button[type=submit]').click()
    await this.page.locator('nav.bar').waitFor()
  }

  /** Makes a list with these lines. */
  async make(name: string, ...lines: string[]) {
    await this.button('새 목록').click()
    const sheet = this.page.getByRole('dialog')
    await sheet.getByLabel('이름').fill(name)
    for (const [index, line] of lines.entries()) {
      const input = sheet.getByLabel(`챙길 것 ${index + 1}`, { exact: true })
      await input.fill(line)
      if (index + 1 < lines.length) await input.press('Enter')
    }
    await this.button('저장').click()
    await this.card(name).waitFor()
  }

  /** Closes every list: a tall one is dropped elsewhere than one expects. */
  async close() {
    const open = this.page.locator('.card').getByRole('button', { expanded: true })
    while ((await open.count()) > 0) await open.first().click()
  }

  /** Where a list's grip is, and a point below the middle of another list. */
  async #path(name: string, onto: string) {
    await this.#stillness()
    const from = await this.grip(name).boundingBox()
    const to = await this.card(onto).boundingBox()
    if (!from || !to) throw new Error(`${name} or ${onto} is not on the screen.`)
    const [x, y] = [from.x + from.width / 2, from.y + from.height / 2]
    const end = to.y + to.height / 2 + (to.y > from.y ? 10 : -10)
    return Array.from({ length: 9 }, (_, index) => ({ x, y: y + ((end - y) * index) / 8 }))
  }

  /** Cards glide to where they belong. */
  async #stillness() {
    await this.page.evaluate('Promise.all(document.getAnimations().map(({ finished }) => finished))')
  }

  async dragByMouse(name: string, onto: string) {
    const [start, ...way] = (await this.#path(name, onto)) as [Point, ...Point[]]
    await this.page.mouse.move(start.x, start.y)
    await this.page.mouse.down()
    for (const { x, y } of way) await this.page.mouse.move(x, y)
    await this.card(name).and(this.page.locator('.lifted')).waitFor()
    await this.page.mouse.up()
  }

  async dragByFinger(name: string, onto: string) {
    const path = await this.#path(name, onto)
    const devtools = await this.context.newCDPSession(this.page)
    for (const [index, point] of path.entries()) {
      await devtools.send('Input.dispatchTouchEvent', { type: index === 0 ? 'touchStart' : 'touchMove', touchPoints: [point] })
    }
    await this.card(name).and(this.page.locator('.lifted')).waitFor()
    await devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    await devtools.detach()
  }

  /** Lifts, goes one down, drops; waits each time for what a screen reader says. */
  async dragByKeyboard(name: string, { place, count }: { place: number; count: number }) {
    const said = (text: string) => this.page.getByText(text, { exact: true }).waitFor({ state: 'attached' })
    await this.#stillness()
    await this.grip(name).press('Space')
    await said(`${name}: ${count}개 가운데 ${place - 1}번째.`)
    // dnd-kit listens for keys from a timer on, which a key that comes at once is before. A later timer runs after it.
    await this.page.evaluate('new Promise((resolve) => setTimeout(resolve))')
    await this.page.keyboard.press('ArrowDown')
    await said(`${name}: ${count}개 가운데 ${place}번째.`)
    await this.page.keyboard.press('Space')
    await said(`${name}, ${place}번째에 놓았어요.`)
  }
}

type Point = { x: number; y: number }

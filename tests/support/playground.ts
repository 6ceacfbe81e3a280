import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { openWatchedPage } from './browser.js'

/** The default tabs, in their order. */
export const tabs = [
  'SignIn',
  'CreateScenarios',
  'Today',
  'CheckMission',
  'MoveScenario',
  'Alarms',
  'CatchUp',
  'TwoDevices',
  'Changes',
  'Live',
]

/** The playground in a browser window of its own, for one test, which fails where the page asked another host or complained. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Playground> {
  const { context, page, complaints } = await openWatchedPage(browser, options, 60_000)
  await context.route('**/*', (route) => {
    const requested = new URL(route.request().url())
    if (requested.origin === url) return route.continue()
    complaints.push(`asked another host: ${requested}`)
    return route.abort()
  })
  return new Playground(context, page, url)
}

/** The same, opened. */
export async function openPlayground(browser: Browser, url: string): Promise<Playground> {
  const playground = await visit(browser, url)
  await playground.open()
  return playground
}

export class Playground {
  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly url: string,
  ) {}

  readonly runButton = () => this.page.getByRole('button', { name: 'Run', exact: true })
  readonly tab = (name: string) => this.page.locator('#tabs').getByRole('button', { name, exact: true })
  readonly session = () => this.page.locator('#session')
  readonly outcome = () => this.page.locator('#outcome')
  readonly note = () => this.page.getByRole('alert')

  async open() {
    await this.page.goto(this.url)
    await this.runButton().waitFor()
  }

  async reload() {
    await this.page.reload()
    await this.runButton().waitFor()
  }

  async startOver() {
    const loaded = this.page.waitForEvent('load')
    await this.page.getByRole('button', { name: 'Start over' }).click()
    await loaded
    await this.runButton().waitFor()
  }

  closeTab(name: string) {
    return this.tab(`Close ${name}`).click()
  }

  async tabNames(): Promise<string[]> {
    return this.page.locator('#tabs .tab').allInnerTexts()
  }

  /** Opens a tab, presses Run, and gives the server's response. */
  async run(tab: string) {
    await this.tab(tab).click()
    const responded = this.page.waitForResponse((response) => response.request().postData()?.includes(` ${tab}`) ?? false)
    await this.runButton().click()
    const response = await responded
    await this.outcome()
      .getByText(/^\d+(\.\d)? k?B$/)
      .waitFor() // The page has seen it, too.
    return response.json()
  }

  /** Writes an editor anew: 'Operation', 'Variables' or 'Headers'. */
  async write(editor: string, text: string) {
    await this.page.getByRole('textbox', { name: editor, exact: true }).focus()
    await this.page.keyboard.press('ControlOrMeta+a')
    await this.page.keyboard.insertText(text)
  }
}

import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'

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
  const context = await browser.newContext(options)
  context.setDefaultTimeout(60_000) // The machine may be busy with something else.
  const complaints: string[] = []
  await context.route('**/*', (route) => {
    const asked = new URL(route.request().url())
    if (asked.origin === url) return route.continue()
    complaints.push(`asked another host: ${asked}`)
    return route.abort()
  })
  onTestFinished(async () => {
    await context.close()
    expect(complaints).toEqual([])
  })
  const page = await context.newPage()
  page.on('console', (message) => {
    // A GraphQL error may come with a 4xx status, which Chromium reports too; the tests read those responses themselves.
    const isResponse = message.location().url.endsWith('/graphql')
    if (message.type() === 'error' && !isResponse) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  return new Playground(context, page, url)
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

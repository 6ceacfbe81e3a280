import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

/** Where there is none, tests in a browser are skipped, and say so. */
export const hasChromium = existsSync(executablePath)
if (!hasChromium) console.warn(`tests in a browser are skipped: no Chromium at ${executablePath} (CHROMIUM_PATH)`)

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] })
}

/** One browser for the tests of a `describe`; gives it once they run. */
export function sharedChromium(): () => Browser {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())
  return () => browser as Browser
}

type Watched = {
  context: BrowserContext
  page: Page
  /** What the test fails by, if there is anything in the end. */
  complaints: string[]
}

/** A page in a context of its own, for one test, which fails where the page complained. `timeoutMs`: the machine may be busy. */
export async function openWatchedPage(browser: Browser, options: BrowserContextOptions, timeoutMs: number): Promise<Watched> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(timeoutMs)
  const complaints: string[] = []
  onTestFinished(async () => {
    await context.close()
    expect(complaints).toEqual([])
  })
  const page = await context.newPage()
  page.on('console', (message) => {
    // A GraphQL error may come with a 4xx status, and a server be out of reach, which Chromium reports too; the tests look at those themselves.
    const isResponse = message.location().url.endsWith('/graphql')
    if (message.type() === 'error' && !isResponse) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  return { context, page, complaints }
}

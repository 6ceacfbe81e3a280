import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

/** Where there is none, tests in a browser are skipped, and say so. */
export const hasChromium = existsSync(executablePath)
if (!hasChromium) console.warn(`tests in a browser are skipped: no Chromium at ${executablePath} (CHROMIUM_PATH)`)

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] })
}

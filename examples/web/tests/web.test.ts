import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import { hasChromium, sharedChromium } from '../../../tests/support/browser.js'
import { openWindow } from './window.js'

const assets = fileURLToPath(new URL('../dist/assets/', import.meta.url))

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app?.stop())

describe('the files of the web app', () => {
  test('its scripts are less than 200 kB, compressed', () => {
    const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'))
    const sizes = scripts.map((name) => gzipSync(readFileSync(assets + name), { level: 9 }).length)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200_000)
  })

  test('pages are checked for news each time, assets are kept for ever, all of it compressed', async () => {
    for (const path of ['/app', '/app/', '/app/demo']) {
      const page = await fetch(app.url + path)
      expect([path, page.status, page.headers.get('cache-control')]).toEqual([path, 200, 'no-cache'])
      const policy = page.headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).not.toMatch(/unsafe|https?:|\*/)
      for (const asset of (await page.text()).match(/\/app\/assets\/[^"]+/g) ?? []) {
        const { status, headers } = await fetch(app.url + asset, { headers: { 'accept-encoding': 'br' } })
        expect([asset, status, headers.get('content-encoding')]).toEqual([asset, 200, 'br'])
        expect(headers.get('cache-control')).toContain('immutable')
      }
    }
  })

  test.each(['/app/index.html', '/app/assets/', '/app/..%2fpackage.json', '/app/assets/..%2f.stamp'])('%s is not served', async (path) => {
    expect((await fetch(app.url + path)).status).toBe(404)
  })
})

describe.skipIf(!hasChromium)('in a browser', () => {
  const browser = sharedChromium()

  test('something is painted within a second on a cold cache', async () => {
    const paints: number[] = []
    // The machine may be busy with something else: one of a few has to be so fast.
    for (let tries = 0; tries < 5 && !paints.some((ms) => ms < 1_000); tries++) {
      const { page, url } = await openWindow(browser(), app.url)
      await page.goto(`${url}/app`)
      const paint = () => page.evaluate<number | null>("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null")
      await expect.poll(paint, { timeout: 30_000 }).toEqual(expect.any(Number))
      paints.push((await paint()) as number)
    }
    console.log(`first contentful paint: ${Math.round(Math.min(...paints))} ms`)
    expect(Math.min(...paints)).toBeLessThan(1_000)
  })

  test('a member signs in, makes a list and ticks what is on it', async () => {
    const window = await openWindow(browser(), app.url)
    await window.signIn(randomUUID())
    await window.make('출근', '가스 밸브', '열쇠')
    await window.box('열쇠').click()
    await window.page.getByRole('img', { name: '2개 가운데 1개 챙김' }).waitFor()
    await window.page.reload()
    await expect.poll(() => window.box('열쇠').isChecked()).toBe(true)
  })
})

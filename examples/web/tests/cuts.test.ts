import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import { hasChromium, sharedChromium } from '../../../tests/support/browser.js'
import { Door } from '../../../tests/support/door.js'
import { RedisForATest } from '../../../tests/support/redis.js'
import { openWindow, type Window } from './window.js'

/** `npm run test:long` runs it, and `LONG=true npm test -- cuts`. */
const isLong = process.env.LONG === 'true'
const rounds = Number(process.env.ROUNDS ?? 50)
const kinds = ['network', 'redis', 'instance'] as const

/** The instant at which a window shows its lists in this order, by the clock that all windows have; begin before it is brought about. */
const shownAt = ({ page }: Window, names: string[]) =>
  page.evaluate<number>(`new Promise((resolve) => {
    const look = () => {
      const names = [...document.querySelectorAll('.card .title > span')].map((name) => name.textContent)
      if (names.join() !== ${JSON.stringify(names.join())}) return requestAnimationFrame(look)
      resolve(performance.timeOrigin + performance.now())
    }
    look()
  })`)

/** The instant at which the finger, or the mouse, lets go. */
const droppedAt = ({ page }: Window) =>
  page.evaluate<number>(`new Promise((resolve) => {
    addEventListener('pointerup', () => resolve(performance.timeOrigin + performance.now()), { once: true, capture: true })
  })`)

const percentile = (sorted: number[], part: number) => Math.round(sorted[Math.ceil(sorted.length * part) - 1] ?? 0)

describe.skipIf(!hasChromium || !isLong)('two windows through cuts', () => {
  let redis: RedisForATest
  let first: TestApp
  beforeAll(async () => {
    redis = await RedisForATest.start()
    first = await startTestApp({ config: { REDIS_URL: redis.url } })
  })
  afterAll(async () => {
    await first?.stop()
    await redis?.stop()
  })
  const browser = sharedChromium()

  // Mutation check: red where live.ts opens one stream and no other.
  test(`${rounds} cuts of the network, of Redis and of the instance: both end equal, with every change of either`, {
    timeout: 1_800_000,
  }, async () => {
    let instance = first
    const door = await Door.before(() => Number(new URL(instance.url).port))
    onTestFinished(async () => {
      door.close()
      if (instance !== first) await instance.stop()
    })
    const url = `http://127.0.0.1:${door.port}`
    const handle = randomUUID()
    const open = async () => {
      const window = await openWindow(browser(), url)
      await window.signIn(handle)
      return window
    }
    const left = await open()
    for (const name of ['다', '나', '가']) await left.make(name, `${name} 하나`)
    await left.close()
    const right = await open()
    await right.card('가').waitFor()
    await right.close()

    /** What a window shows, closed cards too: their rings say how much is done. */
    const screen = async ({ page }: Window) => {
      const texts = await page.locator('.card > header').allInnerTexts()
      return texts.map((text) => text.replace(/\s+/g, ' '))
    }
    const areEqual = () =>
      expect
        .poll(async () => ({ left: await screen(left), right: await screen(right) }), { timeout: 60_000 })
        .toSatisfy(({ left, right }) => left.length === 3 && left.join() === right.join())

    const cut = {
      network: async (during: () => Promise<void>) => {
        door.shut()
        await during()
        door.open()
      },
      redis: async (during: () => Promise<void>) => {
        redis.shut()
        await during()
        redis.open()
      },
      instance: async (during: () => Promise<void>) => {
        const before = instance
        const next = await startTestApp({ config: first.config })
        instance = next
        // What was under way on the one before is lost with its connections.
        door.shut()
        door.open()
        await during()
        if (before !== first) await before.stop()
      },
    }

    const seenMs: number[] = []
    const changes = new Set<string>()
    /** Adds what is for today alone to a list that is open; where the window is cut off too. */
    const add = async (window: Window, name: string, content: string) => {
      const card = window.card(name)
      if ((await card.getByRole('button', { expanded: false }).count()) > 0) await card.getByRole('button', { expanded: false }).click()
      await card.getByRole('button', { name: '오늘만 챙길 것' }).click()
      await card.getByRole('textbox').fill(content)
      await card.getByRole('textbox').press('Enter')
      await card.getByRole('textbox').press('Escape')
      await card.getByRole('button', { expanded: true }).click()
      changes.add(content)
    }

    for (let round = 0; round < rounds; round++) {
      const kind = kinds[round % kinds.length] as (typeof kinds)[number]
      await cut[kind](async () => {
        await add(left, '나', `왼쪽 ${round}`)
        await add(right, '다', `오른쪽 ${round}`)
      })
      await areEqual()

      const [top = '', second = '', third = ''] = await left.names()
      const seen = shownAt(right, [second, top, third])
      const dropped = droppedAt(left)
      await left.dragByMouse(top, second)
      seenMs.push((await seen) - (await dropped))
      await areEqual()
    }

    for (const window of [left, right]) {
      await window.page.reload()
      await areEqual()
      for (const name of ['나', '다']) {
        const closed = window.card(name).getByRole('button', { expanded: false })
        if ((await closed.count()) > 0) await closed.click()
      }
      const lines = await window.page.locator('.card li label > span').allInnerTexts()
      expect(lines.filter((line) => !line.endsWith('하나')).sort()).toEqual([...changes].sort())
    }

    seenMs.sort((a, b) => a - b)
    console.log(
      `a drag is seen in the other window: p50 ${percentile(seenMs, 0.5)} ms, p99 ${percentile(seenMs, 0.99)} ms of ${seenMs.length}`,
    )
    expect(percentile(seenMs, 0.5)).toBeLessThan(500)
  })
})

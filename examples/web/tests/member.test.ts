import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import { hasChromium, sharedChromium } from '../../../tests/support/browser.js'
import { sweep } from '../../../tests/support/days.js'
import { ManualClock } from '../../../tests/support/manual-clock.js'
import { openWindow } from './window.js'

const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)

describe.skipIf(!hasChromium)('what a member does', () => {
  const clock = new ManualClock(`${day(0)}T09:00:00Z`)
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ clock, config: { ACCESS_TOKEN_TTL_SECONDS: 900 } })
  })
  afterAll(() => app?.stop())
  const browser = sharedChromium()

  /** A window of a new member, or of one that is there already, with these lists. */
  async function open(handle: string = randomUUID(), ...lists: string[]) {
    const window = await openWindow(browser(), app.url)
    await window.signIn(handle)
    for (const name of lists.reverse()) await window.make(name, `${name} 하나`, `${name} 둘`)
    return window
  }
  const eventually = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 30_000, interval: 20 })

  test('drags by mouse, by finger and by keyboard; another window sees it within half a second', async () => {
    const handle = randomUUID()
    const phone = await open(handle, '가', '나', '다')
    const tablet = await open(handle)
    await eventually(tablet.names).toEqual(['가', '나', '다'])
    const seen: number[] = []
    const seenOnTablet = async (names: string[]) => {
      const start = performance.now()
      await eventually(tablet.names).toEqual(names)
      seen.push(performance.now() - start)
      expect(await phone.names()).toEqual(names)
    }
    await phone.close()
    await phone.dragByMouse('가', '다')
    await seenOnTablet(['나', '다', '가'])
    await phone.dragByFinger('가', '나')
    await seenOnTablet(['가', '나', '다'])
    await phone.dragByKeyboard('가', { place: 2, count: 3 })
    await seenOnTablet(['나', '가', '다'])
    await phone.dragByMouse('다', '나')
    await seenOnTablet(['다', '나', '가'])
    await phone.page.reload()
    await eventually(phone.names).toEqual(['다', '나', '가'])
    console.log(`a drag is seen in another window after ${seen.map((ms) => Math.round(ms)).join(', ')} ms`)
    expect(Math.min(...seen)).toBeLessThan(500)
  })

  test('adds, changes and deletes what is for today alone, and takes it back', async () => {
    const window = await open(randomUUID(), '출근')
    const { page, button, box } = window
    await button('오늘만 챙길 것').click()
    await page.getByRole('textbox', { name: '오늘만 챙길 것' }).fill('우산')
    await page.keyboard.press('Enter')
    await box('우산').waitFor()
    await page.keyboard.press('Escape')
    await button('우산 고치기').click()
    await page.getByRole('textbox', { name: '우산 고치기' }).fill('큰 우산')
    await button('저장').click()
    await box('큰 우산').waitFor()
    await button('큰 우산 고치기').click()
    await button('지우기: 큰 우산').click()
    await expect.poll(() => box('큰 우산').count()).toBe(0)
    await button('되돌리기').click()
    await box('큰 우산').waitFor()
  })

  // Mutation check: red where `remove` does not check again, and where it checks the item that is gone.
  test('brings what was ticked back ticked: at once, and for good', async () => {
    const { page, context, button, box } = await open(randomUUID(), '출근')
    await button('오늘만 챙길 것').click()
    await page.getByRole('textbox', { name: '오늘만 챙길 것' }).fill('우산')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Escape')
    await box('우산').click()
    await context.setOffline(true)
    await button('우산 고치기').click()
    await button('지우기: 우산').click()
    await expect.poll(() => box('우산').count()).toBe(0)
    await button('되돌리기').click()
    await eventually(() => box('우산').isChecked()).toBe(true)
    await context.setOffline(false)
    await expect.poll(() => page.getByText('오프라인').count()).toBe(0)
    await page.reload()
    await eventually(() => box('우산').isChecked()).toBe(true)
  })

  // Mutation check: red where useWhole takes whatever Apollo Client calls complete.
  test('changes a list, deletes it and takes that back: it stands where it stood', async () => {
    const { page, button, box, card, names } = await open(randomUUID(), '출근', '헬스장', '여행')
    await card('헬스장').getByRole('button', { expanded: false }).click()
    await button('헬스장 고치기').click()
    const sheet = page.getByRole('dialog')
    // A name of spaces is none: it stays open.
    await sheet.getByLabel('이름').fill(' ')
    await button('저장').click()
    await sheet.getByLabel('이름').fill('수영장')
    await sheet.getByLabel('챙길 것 1', { exact: true }).fill('수영모')
    await sheet.getByRole('button', { name: '지우기: 헬스장 둘' }).click()
    await button('저장').click()
    await box('수영모').waitFor()
    expect(await box('헬스장 둘').count()).toBe(0)

    await button('수영장 고치기').click()
    await button('목록 지우기').click()
    await eventually(names).toEqual(['출근', '여행'])
    await button('되돌리기').click()
    await eventually(names).toEqual(['출근', '수영장', '여행'])
    await page.reload()
    await eventually(names).toEqual(['출근', '수영장', '여행'])
  })

  test('goes offline, ticks and adds, comes back: nothing is lost, and another window has it', async () => {
    const handle = randomUUID()
    const window = await open(handle, '출근')
    const other = await open(handle)
    const { page, button, box, context } = window
    await box('출근 하나').waitFor()
    await context.setOffline(true)
    await box('출근 하나').click()
    await button('오늘만 챙길 것').click()
    await page.getByRole('textbox', { name: '오늘만 챙길 것' }).fill('우산')
    await page.keyboard.press('Enter')
    await page.getByText('오프라인 · 바뀐 것 2개를 연결되면 보낼게요').waitFor()
    expect(await box('출근 하나').isChecked()).toBe(true)
    await box('우산').waitFor()
    expect(await other.box('우산').count()).toBe(0)

    await context.setOffline(false)
    await other.box('우산').waitFor()
    await eventually(() => other.box('출근 하나').isChecked()).toBe(true)
    await expect.poll(() => page.getByText('오프라인').count()).toBe(0)
  })

  // Mutation check: red where the error of a day's lists is told to nobody, and where the calendar asks for home again.
  test('what could not be loaded without a network comes when the network is back', async () => {
    const { page, button, box, context } = await open(randomUUID(), '출근')
    const problem = page.getByRole('alert').filter({ hasText: '연결되지 않았어요.' })
    await context.setOffline(true)
    await page.locator(`[data-date="${day(1)}"]`).click()
    await problem.waitFor()
    await context.setOffline(false)
    await box('출근 하나').waitFor()

    await context.setOffline(true)
    await button('달력').click()
    await problem.waitFor()
    await context.setOffline(false)
    await page.getByText('가장 길게').waitFor()
  })

  // Mutation check: red where a second conflict takes the first one's place, and where the name of this device's side is taken unchanged.
  test('is shown both sides of each conflict, and puts them together', async () => {
    const handle = randomUUID()
    const window = await open(handle, '출근', '여행')
    const other = await open(handle)
    await other.card('출근').waitFor()
    await window.context.setOffline(true)
    const add = async ({ page, button }: typeof window, list: string, name: string, line: string) => {
      const [sheet, header] = [page.getByRole('dialog'), page.getByRole('button', { expanded: false }).filter({ hasText: list })]
      if ((await button(`${list} 고치기`).count()) === 0) await header.click()
      await button(`${list} 고치기`).click()
      await sheet.getByLabel('이름').fill(name)
      await button('한 줄 더하기').click()
      await sheet.getByLabel('챙길 것 3', { exact: true }).fill(line)
      await button('저장').click()
    }
    await add(window, '출근', '출근', '여기서')
    await add(window, '여행', '나들이', '여기서도')
    await add(other, '출근', '회사', '저기서')
    await add(other, '여행', '휴가', '저기서도')
    await other.box('저기서도').waitFor()
    await window.context.setOffline(false)
    const sheet = window.page.getByRole('dialog', { name: '다른 기기에서도 고쳤어요' })
    for (const [here, there] of [
      ['여기서', '저기서'],
      ['여기서도', '저기서도'],
    ] as const) {
      await sheet.getByText(there, { exact: true }).waitFor()
      await sheet.getByText(here, { exact: true }).waitFor()
      await window.button('둘 다 합치기').click()
    }
    await eventually(other.names).toEqual(['회사', '나들이'])
    for (const line of ['여기서', '저기서', '여기서도', '저기서도']) {
      await other.page.getByRole('checkbox', { name: line, exact: true }).waitFor()
    }
  })

  test('is told by words in both languages, and signed out where the session was ended elsewhere', async () => {
    const handle = randomUUID()
    const window = await open(handle)
    const other = await open(handle)
    await other.button('나').click()
    await other.button('English').click()
    await other.page.getByRole('heading', { name: 'Signed in on' }).waitFor()
    expect(await other.page.evaluate('document.documentElement.lang')).toBe('en')
    // Online it would be signed out at once, and the list might not be written any more.
    await window.context.setOffline(true)
    await window.button('새 목록').click()
    await window.page.getByRole('dialog').getByLabel('이름').fill('출근')
    await window.button('저장').click()
    await other.button('Sign out').click()
    await expect.poll(() => other.button('Sign out').count()).toBe(0)
    await window.context.setOffline(false)
    await window.page.getByText('다른 곳에서 이 기기를 로그아웃했어요.', { exact: false }).waitFor()

    // What was not sent goes out when the member is back.
    await window.page.getByRole('textbox').fill(handle)
    await window.button('시작하기').click()
    await window.card('출근').waitFor()
    await other.button('Today').click()
    await other.card('출근').waitFor()
  })

  test('looks at yesterday and at a streak, with a session that is refreshed unseen', async () => {
    const { page, button, box, card } = await open(randomUUID(), '출근')
    for (const line of ['출근 하나', '출근 둘']) await box(line).click()
    await page.getByRole('img', { name: '2개 가운데 2개 챙김' }).waitFor()
    await expect.poll(() => page.evaluate(`Object.keys(localStorage).some((key) => key.startsWith('doorstep.queue'))`)).toBe(false)
    clock.set(`${day(1)}T09:00:00Z`)
    await sweep(app)
    await page.reload()
    await eventually(() => box('출근 하나').isChecked()).toBe(false)
    await page.getByText('1일째').waitFor()

    await page.getByRole('button', { name: /, 모두 챙김/ }).click()
    await page.getByText('끝난 날이에요.', { exact: false }).waitFor()
    await eventually(() => card('출근').getByRole('checkbox', { checked: true, disabled: true }).count()).toBe(2)
    await button('달력').click()
    await page.getByRole('definition').filter({ hasText: '1일' }).first().waitFor()
    // On the first of a month yesterday is on another page.
    if (day(1).endsWith('-01')) await button('이전 달').click()
    await page.getByRole('button', { name: /모두 챙김, 2개 가운데 2개 챙김/ }).waitFor()
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.js'
import { hasChromium, sharedChromium } from '../support/browser.js'
import { openPlayground as open, tabs } from '../support/playground.js'

let app: Awaited<ReturnType<typeof startTestApp>>
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app?.stop())

describe('the files of the playground', () => {
  test('the page is checked for news each time, its assets are kept for ever', async () => {
    const page = await fetch(app.url)
    expect(page.headers.get('cache-control')).toBe('no-cache')

    const paths = (await page.text()).match(/\/playground\/[^"]+/g) ?? []
    expect(paths).toHaveLength(8)
    for (const path of paths) {
      const asset = await fetch(app.url + path)
      expect([path, asset.status]).toEqual([path, 200])
      expect(asset.headers.get('cache-control')).toContain('immutable')
      expect(asset.headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  test('the page may load from its own server only, and no other page may frame it', async () => {
    const { headers } = await fetch(app.url)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })

  test.each(['/playground/', '/playground/graphiql.js', '/playground/..%2fpackage.json', '/playground/package.json'])(
    '%s is not served',
    async (path) => {
      expect((await fetch(app.url + path)).status).toBe(404)
    },
  )
})

describe.skipIf(!hasChromium)('the tabs of the playground', () => {
  const browser = sharedChromium()

  const openPlayground = () => open(browser(), app.url)

  test('it opens with its tabs, asks no other host and breaks no rule of its own policy', async () => {
    const playground = await openPlayground()
    const { page } = playground
    expect(await playground.tabNames()).toEqual(tabs)

    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    await page.getByText('createScenario', { exact: false }).first().waitFor()
    await page.getByRole('button', { name: 'Open settings dialog' }).click()
    await page.getByRole('dialog').waitFor()
  })

  test('the first tab signs in and shows the access token, and what it took', async () => {
    const playground = await openPlayground()
    const { data, errors } = await playground.run('SignIn')
    expect(errors).toBeUndefined()
    expect(data.signInForDevelopment.accessToken).toEqual(expect.any(String))

    await playground.page.locator('.result-window').getByText('"accessToken"').waitFor()
    await playground.session().getByText(data.signInForDevelopment.member.nickname).waitFor()
    expect(await playground.outcome().innerText()).toMatch(/^200 OK\s+(\d+ ms|\d+\.\d s)\s+(\d+ B|\d+\.\d kB)$/)
  })

  test('the tabs run one after another, twice, with nothing typed in between', async () => {
    const playground = await openPlayground()
    const once = tabs.filter((tab) => tab !== 'Live') // whose response has no end
    for (const tab of [...once, ...once]) {
      const response = await playground.run(tab)
      expect([tab, response.errors]).toEqual([tab, undefined])
      expect([tab, response.data]).toEqual([tab, expect.any(Object)])
    }
  })

  test('the second run of a tab creates nothing twice, checks what the first one checked, and fetches no feed again', async () => {
    const playground = await openPlayground()
    await playground.run('SignIn')
    await playground.run('CreateScenarios')
    const once = (await playground.run('Today')).data.scenarios
    await playground.run('CreateScenarios')
    const twice = (await playground.run('Today')).data.scenarios
    expect(twice).toEqual(once)

    expect((await playground.run('CheckMission')).data.checkMission.item.isChecked).toBe(true)
    expect((await playground.run('CheckMission')).data.checkMission.item.isChecked).toBe(true)

    expect((await playground.run('Alarms')).data.notifications.items).toHaveLength(1)
    expect((await playground.run('Alarms')).data.notifications).toMatchObject({ notModified: true, items: null })
  })

  test('what a phone kept is set check by check, and two devices add their lines once, however often they ask', async () => {
    const playground = await openPlayground()
    await playground.run('SignIn')
    await playground.run('CreateScenarios')
    await playground.run('Today')
    const { results } = (await playground.run('CatchUp')).data.checkMissions
    const outcomes = results.map(({ item, error }: { item?: object; error?: { code: string } }) => error?.code ?? item)
    expect(outcomes).toMatchObject([{ isChecked: true }, 'NOT_FOUND', { isChecked: true }])

    const lines = (await playground.run('TwoDevices')).data.tablet.scenario.basicMissions
    expect(lines.map(({ content }: { content: string }) => content)).toEqual(expect.arrayContaining(['Umbrella', 'Tickets']))
    expect((await playground.run('TwoDevices')).data.tablet.scenario.basicMissions).toEqual(lines)
  })

  test('a move puts the last scenario first', async () => {
    const playground = await openPlayground()
    await playground.run('SignIn')
    await playground.run('CreateScenarios')
    const before = (await playground.run('Today')).data.scenarios.map(({ id }: { id: string }) => id)
    const after = (await playground.run('MoveScenario')).data.moveScenario.scenarios.map(({ id }: { id: string }) => id)
    expect(after).toEqual([before.at(-1), ...before.slice(0, -1)])
  })

  test('a caller who has not signed in is told to', async () => {
    const playground = await openPlayground()
    const { errors } = await playground.run('Today')
    expect(errors[0].extensions.code).toBe('UNAUTHENTICATED')
    await playground.note().getByText('Run the SignIn tab first').waitFor()
    await playground.outcome().getByText('UNAUTHENTICATED').waitFor()

    await playground.tab('CheckMission').click()
    await playground.runButton().click()
    await playground.note().getByText('Run the SignIn tab first').waitFor()
  })
})

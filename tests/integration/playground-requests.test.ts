import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.js'
import { hasChromium, sharedChromium } from '../support/browser.js'
import { openPlayground as open, Playground, tabs, visit } from '../support/playground.js'
import { hasCurl, paste } from '../support/shell.js'

describe.skipIf(!hasChromium)('a request of the playground', () => {
  let app: Awaited<ReturnType<typeof startTestApp>>
  beforeAll(async () => {
    app = await startTestApp()
  })
  afterAll(() => app?.stop())
  const browser = sharedChromium()

  const openPlayground = () => open(browser(), app.url)

  test('each tab shows the outcome of its own last request', async () => {
    const playground = await openPlayground()
    await playground.run('Today')
    await playground.note().waitFor()
    await playground.run('SignIn')
    await playground.outcome().getByText('200 OK').waitFor()
    expect(await playground.note().count()).toBe(0)
    await playground.tab('Today').click()
    await playground.outcome().getByText('UNAUTHENTICATED').waitFor()
  })

  test('a request that takes long can be stopped', async () => {
    const playground = await openPlayground()
    await playground.context.route('**/graphql', () => undefined)
    await playground.runButton().click()
    await playground.page.getByRole('button', { name: 'Stop' }).click()
    await playground.note().getByText('Stopped').waitFor()
    await playground.runButton().waitFor()
  })

  // Mutation check: red with `stop()` in the place of `leaveTab(stop)` in tabs-bar.js, and without `if (!isLeft)` in request.js.
  test('a response that comes after a change of tabs is learnt from, and shown in no other tab', async () => {
    const playground = await openPlayground()
    let respond = () => {}
    await playground.context.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes(' SignIn')) return route.fallback()
      await new Promise<void>((resolve) => {
        respond = resolve
      })
      await route.fallback()
    })
    const asked = playground.page.waitForRequest((request) => request.postData()?.includes(' SignIn') ?? false)
    await playground.runButton().click()
    await asked
    await playground.tab('Today').click()
    respond()
    await playground.session().getByText('Signed in as').waitFor()
    await playground.runButton().waitFor()
    expect(await playground.page.locator('.result-window .CodeMirror-code').innerText()).not.toContain('accessToken')
    expect((await playground.run('Today')).errors).toBeUndefined()
    await playground.tab('SignIn').click()
    await playground.note().getByText('while another tab was open').waitFor()
  })

  test('the last tab hears of a check in another window, which Changes then tells', async () => {
    const playground = await openPlayground()
    await playground.run('SignIn')
    await playground.run('CreateScenarios')
    const { data } = await playground.run('Changes')
    expect(data.changes.fullSync).toBe(true)
    await playground.tab('Live').click()
    await playground.runButton().click()
    await playground
      .outcome()
      .getByText(/\d event/)
      .waitFor()

    const second = await playground.context.newPage()
    const other = new Playground(playground.context, second, app.url)
    await other.open()
    await other.run('SignIn')
    await other.run('Today')
    const { item } = (await other.run('CheckMission')).data.checkMission
    await playground
      .outcome()
      .getByText(/[2-9] events/)
      .waitFor()
    await playground.page.getByRole('button', { name: 'Stop' }).click()
    await playground.runButton().waitFor()

    const { changes } = (await playground.run('Changes')).data
    expect(changes).toMatchObject({ fullSync: false, scenarios: [], deletedIds: [] })
    expect(changes.checklists).toHaveLength(1)
    expect(changes.checklists[0].items).toContainEqual(expect.objectContaining({ id: item.id, isChecked: true }))
  })

  test.skipIf(!hasCurl)('a request is copied as a curl command, and a link to it opens it in a tab of its own', async () => {
    const playground = await openPlayground()
    const { page } = playground
    await playground.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const copied = () => page.evaluate<string>('navigator.clipboard.readText()')
    const said = page.getByRole('status').getByText('Copied')

    await page.getByRole('button', { name: 'Copy curl' }).click()
    await said.waitFor()
    expect(JSON.parse(await paste(await copied())).data.signInForDevelopment.accessToken).toEqual(expect.any(String))

    await said.waitFor({ state: 'detached' })
    await playground.tab('CheckMission').click()
    await page.getByRole('button', { name: 'Copy link' }).click()
    await said.waitFor()
    const other = await visit(browser(), app.url)
    await other.page.goto(await copied())
    await other.runButton().waitFor()
    expect(await other.tabNames()).toEqual([...tabs, 'CheckMission'])
    await other.reload()
    expect(await other.tabNames()).toEqual([...tabs, 'CheckMission'])
  })
})

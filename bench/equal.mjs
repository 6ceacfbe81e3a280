// Whether the contenders do the same.
import assert from 'node:assert/strict'
import { ask } from './ask.mjs'
import { checkRequest, itemsOf, listRequest } from './contenders/postgraphile/requests.mjs'
import { tryScripts } from './pgbench.mjs'
import { pollsOf, requestsOf } from './requests.mjs'
import { scenariosEach } from './seed.mjs'

/** Who does not give the same response is no contender. */
export async function assertEqualResponses(stage, contenders) {
  const { Doorstep, earlier, 'by hand': byHand, 'the common way': common, 'PostGraphile 5': postgraphile } = contenders
  const { tokens, today } = stage
  const { lists, checks } = requestsOf(stage)
  const expected = await ask(Doorstep.url, lists[3])
  assert.equal(expected.scenarios.length, scenariosEach)
  assert.deepEqual(await ask(byHand.url, lists[3]), expected)
  assert.deepEqual(await ask(common.url, lists[3]), expected)
  // The ids of items were others once.
  const withoutItemIds = (data) => JSON.stringify(data, (key, value) => (key === 'items' ? value.map(({ id: _, ...item }) => item) : value))
  if (earlier) assert.equal(withoutItemIds(await ask(earlier.url, lists[3])), withoutItemIds(expected))
  if (postgraphile) {
    const items = expected.scenarios.map(({ name, checklist }) => ({
      name,
      checklist: checklist.items.map(({ content, isChecked }) => ({ content, isChecked })),
    }))
    const response = await ask(postgraphile.url, { token: tokens[3], body: listRequest({ date: today }) })
    assert.deepEqual(itemsOf(response), items)
    const { body, token } = checks[1]
    const { mission } = await ask(postgraphile.url, { token, body: checkRequest({ ...body.variables.input, date: today }) })
    assert.equal(mission.isChecked, body.variables.input.isChecked)
  }
  for (const server of [byHand, common]) assert.deepEqual(await ask(server.url, checks[0]), await ask(Doorstep.url, checks[0]))
  const { polls, oldPolls } = await pollsOf(stage, Doorstep)
  for (const poll of [polls[3], oldPolls[3]]) assert.deepEqual(await ask(byHand.url, poll), await ask(Doorstep.url, poll))
  await tryScripts(stage.databaseUrl)
}

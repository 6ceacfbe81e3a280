import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { appForThisTest } from '../support/app.js'
import { hasCurl, paste } from '../support/shell.js'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const [, section = ''] = /^## A first query\n(.*?)^## /ms.exec(readme) ?? []
const blocks = (language: string) =>
  [...section.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text as string)

/** The local date of a day that the README was written on is another one by now. */
const withoutDates = (json: string) => JSON.parse(json.replaceAll(/\d{4}-\d{2}-\d{2}/g, 'a date'))

// Mutation check: red with a " instead of a \" in a block, and without the line that keeps the TOKEN.
test.skipIf(!hasCurl).each(['sh', 'bash'])('what the README says to paste into %s prints what it says', async (shell) => {
  const app = await appForThisTest()
  const commands = blocks('sh').map((block) => block.replaceAll('http://127.0.0.1:4000', app.url))
  expect(commands).toHaveLength(3)

  const printed = await paste(commands.join('\necho\n'), shell)
  const responses = printed.split('\n').filter((line) => line !== '')
  expect(responses.map(withoutDates)).toEqual(blocks('json').map(withoutDates))
})

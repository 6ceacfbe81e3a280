import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { bootstrap } from '../../src/bootstrap.js'
import { type Config, settings } from '../../src/config.js'
import { appForThisTest } from '../support/app.js'
import { Client, makeMember } from '../support/client.js'
import { freePort } from '../support/free-port.js'

// Mutation check: red where an empty file is taken for a key: no start succeeds.
test('a signing key that a full disk left empty is made anew, and is the same at the next start', async () => {
  const { DATABASE_URL, REDIS_URL } = (await appForThisTest()).config
  const directory = mkdtempSync(join(tmpdir(), 'doorstep-key-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'access-token-key.json')
  writeFileSync(file, '')
  const PORT = await freePort()
  const config: Config = {
    ...settings.parse({ NODE_ENV: 'test', ROLE: 'api', LOG_LEVEL: 'silent', WEB_APP: 'false', WARM_UP: 'false' }),
    ...{ DATABASE_URL, REDIS_URL, PORT, DATA_DIR: directory, DRAIN_SECONDS: 0 },
  }
  const start = () => bootstrap(config, { install: false, fail() {} })

  const first = await start()
  const member = await makeMember({ url: `http://127.0.0.1:${PORT}` }).finally(() => first.stop())
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ d: expect.any(String) })
  expect(readdirSync(directory)).toEqual(['access-token-key.json'])

  const second = await start()
  const again = new Client(`http://127.0.0.1:${PORT}`, member.token)
  expect(await again.run('{ me { id } }').finally(() => second.stop())).toEqual({ me: { id: member.memberId } })
})

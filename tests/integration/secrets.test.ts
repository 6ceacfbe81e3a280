import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { settings } from '../../src/config.js'
import { createLog } from '../../src/log.js'
import { appForThisTest } from '../support/app.js'
import { Client } from '../support/client.js'
import { OidcIssuer } from '../support/oidc-issuer.js'
import { sendRaw } from '../support/raw.js'

const session = '{ accessToken refreshToken }'

/** Mutation check: red with `request.query` in a log line of apollo.ts, and with `request.headers` in one of server.ts. */
test('no secret of a sign-in or a session is ever logged, whatever goes wrong', async () => {
  const lines: string[] = []
  const issuer = await OidcIssuer.start()
  const providers = { main: { issuer: issuer.url, jwksUrl: issuer.url, audiences: ['app'] } }
  const { OIDC_PROVIDERS } = settings.parse({ OIDC_PROVIDERS: JSON.stringify(providers) })
  const app = await appForThisTest({
    config: { OIDC_PROVIDERS },
    log: createLog('trace', { write: (line: string) => void lines.push(line) }),
  })
  const secrets = new Set<string>()
  const remember = (...values: (string | undefined)[]) => {
    for (const value of values) if (value) secrets.add(value)
  }
  let token: string | null = null
  const client = () => new Client(app.url, token)

  /** Each operation with variables and with literals in the document. */
  async function everything() {
    const nonces = [
      await client().request('mutation { createSignInNonce { nonce } }'),
      await client().request('mutation { createSignInNonce { nonce } }'),
    ]
    for (const [index, { data }] of nonces.entries()) {
      const nonce = data?.createSignInNonce?.nonce ?? randomUUID()
      const idToken = await issuer.token({ nonce })
      remember(nonce, idToken)
      const input = { provider: 'main', idToken, nonce }
      const literal = `{ provider: "main", idToken: "${idToken}", nonce: "${nonce}" }`
      const { data: signedIn } =
        index === 0
          ? await client().request(`mutation ($input: SignInInput!) { signIn(input: $input) ${session} }`, { input })
          : await client().request(`mutation { signIn(input: ${literal}) ${session} }`)
      remember(signedIn?.signIn?.accessToken, signedIn?.signIn?.refreshToken)
      token = signedIn?.signIn?.accessToken ?? token
      const refreshToken = signedIn?.signIn?.refreshToken ?? [...secrets].at(-1)
      for (const document of [
        `mutation { refreshSession(input: { refreshToken: "${refreshToken}" }) ${session} }`,
        `mutation { refreshSession(input: { refreshToken: "${refreshToken}", refreshTokn: "x" }) ${session} }`,
        `mutation { refreshSession(input: { refreshToken: "${refreshToken}\\u0000" }) ${session} }`,
        `mutation { signOut(input: { refreshToken: "${refreshToken}" }) { signedOut } }`,
        `mutation { signOut(input: { refreshToken: "${refreshToken}" }) { signedOut }`,
      ]) {
        const { data } = await client().request(document)
        remember(data?.refreshSession?.accessToken, data?.refreshSession?.refreshToken)
      }
      await sendRaw(
        app.url,
        `POST /graphql?token=${token} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 3\r\n\r\n{"x`,
      )
      await sendRaw(app.url, `GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${token}\r\n\r\n`)
    }
  }

  await everything()
  expect(secrets.size).toBeGreaterThan(8)
  // Unforeseen faults, each with an error of the log: the tables are gone, then the database.
  await app.database.$executeRaw`ALTER TABLE refresh_token RENAME TO refresh_token_gone`
  await everything()
  await app.database.$executeRaw`ALTER TABLE refresh_token_gone RENAME TO refresh_token`
  await app.database.$executeRaw`ALTER TABLE sign_in_nonce RENAME COLUMN nonce_hash TO gone`
  await everything()
  issuer.instead = { status: 500, body: [...secrets].join(' ') }
  await everything()
  await issuer.stop()

  const log = lines.join('')
  expect(log).toContain('an operation failed unexpectedly')
  for (const secret of secrets) {
    expect(log).not.toContain(secret)
    expect(log).not.toContain(secret.split('.').at(-1))
  }
})

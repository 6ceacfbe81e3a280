import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'

type Key = { kid: string; alg: string; privateKey: CryptoKey; publicKey: CryptoKey; jwk: JWK }

/** Makes a key pair; `jwk` is the public half, as a JWKS has it. Without its algorithm, so that pinning that is left to us. */
export async function makeKey(kid: string, alg = 'RS256'): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig' } }
}

/** The same key, to sign by another algorithm. */
export async function otherAlgorithm(key: Key, alg: string): Promise<Key> {
  return { ...key, alg, privateKey: (await importJWK(await exportJWK(key.privateKey), alg)) as CryptoKey }
}

/** An OpenID Connect provider on this machine: real keys behind a real JWKS URL, and whatever token a test wants signed. */
export class OidcIssuer {
  /** What the JWKS URL shows. */
  keys: Key[] = []
  /** How often the keys were fetched. */
  fetches = 0
  /** Answers in place of the keys. */
  instead: { status: number; body: string } | null = null
  readonly #server = createServer((_request, response) => {
    this.fetches++
    const { status, body } = this.instead ?? { status: 200, body: JSON.stringify({ keys: this.keys.map(({ jwk }) => jwk) }) }
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })

  static async start(alg = 'RS256') {
    const issuer = new OidcIssuer()
    issuer.keys = [await makeKey('first', alg)]
    await new Promise<void>((resolve) => issuer.#server.listen(0, '127.0.0.1', resolve))
    return issuer
  }

  get url() {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get key() {
    return this.keys.at(-1) as Key
  }

  /** A token that is right in every way but for what is changed. A claim that is undefined is left out. */
  token(claims: JWTPayload, { header = {}, key = this.key }: { header?: Partial<JWTHeaderParameters>; key?: Key } = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1_000)
    const payload = { iss: this.url, aud: 'app', sub: 'subject', iat: now, exp: now + 300, ...claims }
    const protectedHeader = { alg: key.alg, kid: key.kid, typ: 'JWT', ...header }
    return new SignJWT(JSON.parse(JSON.stringify(payload)))
      .setProtectedHeader(JSON.parse(JSON.stringify(protectedHeader)))
      .sign(key.privateKey)
  }

  /** New keys; the old ones are gone from the JWKS. */
  async rotate(kid: string) {
    this.keys = [await makeKey(kid, this.key.alg)]
  }

  stop() {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(resolve))
  }
}

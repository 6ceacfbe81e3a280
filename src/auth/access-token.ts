import { randomUUID } from 'node:crypto'
import {
  type CryptoKey,
  calculateJwkThumbprint,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.js'

const issuer = 'doorstep'
/** Remembered, since verifying Ed25519 costs more than the rest of a small request. */
const rememberedTokens = 10_000

type Key = { id: string; algorithm: 'EdDSA' | 'ES256'; key: CryptoKey }

export type AccessToken = { token: string; expiresAt: Date }

export type Caller = {
  memberId: string
  sessionId: string
  /** When the token ends, in milliseconds since 1970. */
  expiresAtMs: number
}

type Options = { clock: Clock; ttlSeconds: number; acceptedKey?: string | undefined }

/** Issues and verifies access tokens: JWTs, EdDSA or ES256, with the id of their key. */
export class AccessTokens {
  readonly #verified = new LRUCache<string, Caller>({ max: rememberedTokens })

  private constructor(
    private readonly signing: Key,
    private readonly accepted: Map<string, Key>,
    private readonly options: Options,
  ) {}

  /**
   * `privateKey`: a private Ed25519 or P-256 JWK, in JSON. Tokens of `acceptedKey`, of which the
   * public half is enough, are accepted too. To rotate: accept the new key everywhere, sign with it
   * and accept the old one, and drop the old one after the lifetime of a token.
   */
  static async fromKey(privateKey: string, options: Options) {
    const jwks = [privateKey, options.acceptedKey].flatMap((json) => (json ? [JSON.parse(json) as JWK] : []))
    const accepted = await Promise.all(jwks.map(({ d: _secret, key_ops: _uses, ...jwk }) => importKey(jwk)))
    return new AccessTokens(await importKey(jwks[0] as JWK), new Map(accepted.map((key) => [key.id, key])), options)
  }

  async issue(memberId: string, sessionId: string): Promise<AccessToken> {
    const { clock, ttlSeconds } = this.options
    const issuedAt = Math.floor(clock.now().getTime() / 1_000)
    const token = await new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: this.signing.algorithm, kid: this.signing.id })
      .setSubject(memberId)
      .setIssuer(issuer)
      .setAudience(issuer)
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + ttlSeconds)
      .sign(this.signing.key)
    return { token, expiresAt: new Date((issuedAt + ttlSeconds) * 1_000) }
  }

  /** Whom a token was issued to; null where it is expired, malformed or not ours. */
  async verify(token: string): Promise<Caller | null> {
    const now = this.options.clock.now()
    const known = this.#verified.get(token)
    if (known) return known.expiresAtMs > now.getTime() ? known : null
    try {
      const key = this.accepted.get(decodeProtectedHeader(token).kid ?? '')
      if (!key) return null
      const { payload } = await jwtVerify(token, key.key, {
        algorithms: [key.algorithm],
        issuer,
        audience: issuer,
        requiredClaims: ['sub', 'sid', 'exp', 'iat'],
        currentDate: now,
      })
      const { sub, sid, iat, exp } = payload as { sub: string; sid: string; iat: number; exp: number }
      // A token issued under a longer `ttlSeconds` ends by today's: no older revocation is known.
      // Not jose's maxTokenAge, which rejects a token of a process whose clock is a second ahead.
      const expiresAtMs = Math.min(exp, iat + this.options.ttlSeconds) * 1_000
      if (expiresAtMs <= now.getTime()) return null
      const caller = { memberId: sub, sessionId: sid, expiresAtMs }
      this.#verified.set(token, caller)
      return caller
    } catch {
      return null
    }
  }
}

async function importKey(jwk: JWK): Promise<Key> {
  const algorithm = jwk.kty === 'EC' ? 'ES256' : 'EdDSA'
  return { id: await calculateJwkThumbprint(jwk), algorithm, key: (await importJWK(jwk, algorithm)) as CryptoKey }
}

/** A new private key, as `fromKey` takes it. */
export async function generateAccessTokenKey(algorithm: 'EdDSA' | 'ES256' = 'EdDSA'): Promise<string> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return JSON.stringify(await exportJWK(privateKey))
}

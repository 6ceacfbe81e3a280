import { randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify, SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.js'

const issuer = 'doorstep'
const algorithm = 'EdDSA'
/** Verified tokens are remembered, since an Ed25519 verification costs more than all the rest of a small request. */
const rememberedTokens = 10_000

type Key = Awaited<ReturnType<typeof importJWK>>

export type AccessToken = { token: string; expiresAt: Date }

/** Issues and verifies access tokens: JWTs, EdDSA, with the id of their key. */
export class AccessTokens {
  readonly #verified = new LRUCache<string, { memberId: string; expiresAtMs: number }>({ max: rememberedTokens })

  private constructor(
    private readonly keys: { private: Key; public: Key; id: string },
    private readonly options: { clock: Clock; ttlSeconds: number },
  ) {}

  /** `privateKey`: a private Ed25519 key as a JWK, in JSON. */
  static async fromKey(privateKey: string, options: { clock: Clock; ttlSeconds: number }) {
    const jwk = JSON.parse(privateKey) as JWK
    const { d: _secret, ...publicJwk } = jwk
    const keys = {
      private: await importJWK(jwk, algorithm),
      public: await importJWK(publicJwk, algorithm),
      id: await calculateJwkThumbprint(jwk),
    }
    return new AccessTokens(keys, options)
  }

  async issue(memberId: string): Promise<AccessToken> {
    const { clock, ttlSeconds } = this.options
    const issuedAt = Math.floor(clock.now().getTime() / 1_000)
    const token = await new SignJWT()
      .setProtectedHeader({ alg: algorithm, kid: this.keys.id })
      .setSubject(memberId)
      .setIssuer(issuer)
      .setAudience(issuer)
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + ttlSeconds)
      .sign(this.keys.private)
    return { token, expiresAt: new Date((issuedAt + ttlSeconds) * 1_000) }
  }

  /** The member that a token was issued for; null where it is expired, malformed or not ours. */
  async memberOf(token: string): Promise<string | null> {
    const now = this.options.clock.now()
    const known = this.#verified.get(token)
    if (known) return known.expiresAtMs > now.getTime() ? known.memberId : null
    try {
      const { payload } = await jwtVerify(token, this.keys.public, {
        algorithms: [algorithm],
        issuer,
        audience: issuer,
        requiredClaims: ['sub', 'exp', 'iat'],
        currentDate: now,
      })
      const verified = { memberId: payload.sub as string, expiresAtMs: (payload.exp as number) * 1_000 }
      this.#verified.set(token, verified)
      return verified.memberId
    } catch {
      return null
    }
  }
}

/** A new private key, as `fromKey` takes it. */
export async function generateAccessTokenKey(): Promise<string> {
  const { privateKey } = await generateKeyPair(algorithm, { crv: 'Ed25519', extractable: true })
  return JSON.stringify(await exportJWK(privateKey))
}

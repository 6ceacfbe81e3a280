import { createHash } from 'node:crypto'
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { z } from 'zod'
import type { Clock } from '../clock.js'
import { badUserInput, serviceUnavailable, unauthenticated } from '../errors.js'
import { firstNickname } from './nickname.js'
import type { OidcProvider } from './oidc-providers.js'

/** Clocks of providers and ours differ a little. */
const toleranceSeconds = 30
/** A token is made after its nonce, and a nonce lives for five minutes. */
const maxAgeSeconds = 600
/** RFC 7515, section 7.1, strictly: jose accepts padding, but a token must have one spelling. */
const compactJws = /^[\w-]+\.[\w-]+\.[\w-]+$/
const jwksTimeoutMs = 3_000
const jwksMaxAgeMs = 600_000

/** OpenID Connect Core, section 2: 255 ASCII characters at most, and case matters. */
const subjectRule = z.string().regex(/^[\x20-\x7e]{1,255}$/)

/** (provider, subject) is the identity, never an email address: those change hands (ADR 11). */
export type IdTokenIdentity = { provider: string; subject: string; nickname: string }

type Configured = OidcProvider & { keys: JWTVerifyGetKey }

export class IdTokens {
  readonly #providers: Map<string, Configured>
  readonly #clock: Clock

  constructor(providers: Record<string, OidcProvider>, clock: Clock) {
    this.#providers = new Map(Object.entries(providers).map(([name, provider]) => [name, { ...provider, keys: remoteKeys(provider) }]))
    this.#clock = clock
  }

  /** The identity in a token for this app and this nonce. Doesn't check if the nonce is unused. */
  async verify(providerName: string, idToken: string, nonce: string): Promise<IdTokenIdentity> {
    const provider = this.#providers.get(providerName)
    if (!provider) throw badUserInput([{ path: 'input.provider', message: 'is not one of the configured providers.' }])
    const payload = await this.#payload(provider, idToken)
    const subject = subjectRule.safeParse(payload.sub)
    if (!subject.success || !isForUs(payload, provider) || payload.nonce !== expectedNonce(provider, nonce)) throw rejected()
    return { provider: providerName, subject: subject.data, nickname: firstNickname(payload.nickname, payload.name) }
  }

  async #payload(provider: Configured, idToken: string): Promise<JWTPayload> {
    if (!compactJws.test(idToken)) throw rejected()
    try {
      const { payload, protectedHeader } = await jwtVerify(idToken, provider.keys, {
        algorithms: provider.algorithms,
        issuer: provider.issuer,
        audience: provider.audiences,
        requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'nonce'],
        maxTokenAge: maxAgeSeconds,
        clockTolerance: toleranceSeconds,
        currentDate: this.#clock.now(),
      })
      // RFC 9068, RFC 8417: access and logout tokens have the same keys, and are no id tokens.
      if (protectedHeader.typ !== undefined && protectedHeader.typ.toUpperCase() !== 'JWT') throw rejected()
      return payload
    } catch (error) {
      // The reason is not told: it would only help an attacker.
      throw error instanceof errors.JOSEError ? rejected() : error
    }
  }
}

/**
 * The provider's keys, kept for ten minutes. They are read again when a token names an unknown key
 * (the provider has rotated), but not within the cooldown: made-up key ids must cause no load.
 */
function remoteKeys({ jwksUrl, jwksCooldownSeconds }: OidcProvider): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    cooldownDuration: jwksCooldownSeconds * 1_000,
    timeoutDuration: jwksTimeoutMs,
    cacheMaxAge: jwksMaxAgeMs,
  })
  return async (header, token) => {
    // Without it, any key of the right kind would do.
    if (typeof header.kid !== 'string') throw rejected()
    return keys(header, token).catch((error) => {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error
      throw error instanceof errors.JOSENotSupported ? error : serviceUnavailable(error)
    })
  }
}

/** Stricter than jose: with a foreign audience, others may use the token too (Core, 3.1.3.7). */
function isForUs({ aud }: JWTPayload, { audiences }: OidcProvider) {
  return [aud].flat().every((audience) => audience !== undefined && audiences.includes(audience))
}

const expectedNonce = ({ nonce: how }: OidcProvider, nonce: string) =>
  how === 'plain' ? nonce : createHash('sha256').update(nonce).digest('hex')

const rejected = () => unauthenticated('This id token is not valid, or not for this sign-in: start the sign-in anew.')

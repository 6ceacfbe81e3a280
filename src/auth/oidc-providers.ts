import { z } from 'zod'

/** Only asymmetric signatures: never HMAC, never none. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const

/** What is known about these providers. The environment adds the audiences, the app's ids there. */
const presets: Record<string, object> = {
  kakao: { issuer: 'https://kauth.kakao.com', jwksUrl: 'https://kauth.kakao.com/.well-known/jwks.json' },
  // An app hands Apple the hash of its nonce, and finds that hash in the id token.
  apple: { issuer: 'https://appleid.apple.com', jwksUrl: 'https://appleid.apple.com/auth/keys', nonce: 'sha256' },
  // https://developers.google.com/identity/openid-connect/openid-connect: one of these two.
  google: { issuer: ['https://accounts.google.com', 'accounts.google.com'], jwksUrl: 'https://www.googleapis.com/oauth2/v3/certs' },
}

/** Keys over plain HTTP can be forged: only for this machine, for tests and development. */
const isSafe = (value: string) => {
  if (!URL.canParse(value)) return false
  const { protocol, hostname } = new URL(value)
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname))
}

const provider = z.strictObject({
  issuer: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  jwksUrl: z.string().refine(isSafe, 'must be an https:// URL'),
  /** The app's ids with the provider: tokens that were made for other apps can't sign in here. */
  audiences: z.array(z.string().min(1)).min(1),
  algorithms: z.array(z.enum(algorithms)).min(1).default(['RS256']),
  /** How the nonce stands in the id token: as it is, or as the hexadecimal SHA-256 of it. */
  nonce: z.enum(['plain', 'sha256']).default('plain'),
  /** How long after a read of the keys an unknown key id is rejected without another read. */
  jwksCooldownSeconds: z.number().min(0).max(3_600).default(30),
})

export type OidcProvider = z.output<typeof provider>

/** From JSON such as {"google":{"audiences":["…"]}}. A preset's name needs audiences alone. */
export const oidcProviders = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      context.addIssue('must be JSON')
      return z.NEVER
    }
  })
  .pipe(z.record(z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/), z.record(z.string(), z.unknown())))
  .transform((given) => Object.fromEntries(Object.entries(given).map(([name, value]) => [name, { ...presets[name], ...value }])))
  .pipe(z.record(z.string(), provider))

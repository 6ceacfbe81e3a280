import { isIP } from 'node:net'
import { z } from 'zod'
import { isRedisUrl } from './redis/redis-url.js'

export const wholeNumber = (fallback: number, { min, max }: { min: number; max: number }) =>
  z.coerce.number().int().min(min).max(max).default(fallback)
export const switched = z.stringbool({ truthy: ['true'], falsy: ['false'] })
export const flag = (fallback: boolean) => switched.default(fallback)

export const token = z.string().min(16, 'must have 16 characters at least')

/** Values with commas between them. */
export const list = (item: z.ZodType<string, string>) =>
  z
    .string()
    .default('')
    .transform((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(z.array(item))

/** As a browser sends it, which is compared letter by letter. */
export const origin = z
  .string()
  .refine(
    (value) => /^https?:/.test(value) && URL.canParse(value) && new URL(value).origin === value,
    'must be origins such as https://app.example.com: in lower case, without a path, a slash at the end or the usual port',
  )

/** Trusted proxies: a number, or addresses. Never all: anyone can forge X-Forwarded-For. */
export const trustProxy = z
  .string()
  .default('')
  .transform((value) =>
    value === '' || value === 'false' ? false : /^\d{1,2}$/.test(value) ? Number(value) : value.split(',').map((part) => part.trim()),
  )
  .refine(
    (value) => !Array.isArray(value) || value.every(isAddressRange),
    'must be a number of proxies, or their addresses or ranges (10.0.0.0/8)',
  )

const range = z.union([z.cidrv4(), z.cidrv6()])
const isAddressRange = (value: string) => isIP(value) !== 0 || range.safeParse(value).success

/** An Ed25519 or P-256 key as a JWK, in JSON. */
export const signingKey = ({ private: isPrivate }: { private: boolean }) => {
  const part = z.string().regex(/^[\w-]{43}$/)
  const d = isPrivate ? part : part.optional()
  const jwk = z.union([
    z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: part, d }),
    z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: part, y: part, d }),
  ])
  const isKey = (value: string) => {
    try {
      return jwk.safeParse(JSON.parse(value)).success
    } catch {
      return false
    }
  }
  return z.string().refine(isKey, `must be a ${isPrivate ? 'private' : 'public or private'} Ed25519 or P-256 key as a JWK, in JSON`)
}

export const redisUrl = z.string().refine(isRedisUrl, {
  error: 'must be a redis:// or rediss:// URL, or redis+sentinel://host:26379,host:26379/0?name=mymaster',
})
export const databaseUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' })

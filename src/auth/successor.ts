import { createHmac, hkdfSync } from 'node:crypto'

export type Successor = (refreshToken: string) => string

/**
 * A token always has the same successor: it can be sent again though only hashes are stored. It
 * takes the signing key to derive it: a stolen token gives no successors (ADR 10).
 */
export function createSuccessor(signingKey: string): Successor {
  const { d } = JSON.parse(signingKey) as { d: string }
  const secret = Buffer.from(hkdfSync('sha256', Buffer.from(d, 'base64url'), '', 'doorstep refresh token successor', 32))
  return (refreshToken) => createHmac('sha256', secret).update(refreshToken).digest('base64url')
}

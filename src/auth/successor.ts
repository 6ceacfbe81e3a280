import { createHmac, hkdfSync } from 'node:crypto'

export type Successor = (refreshToken: string) => string

/**
 * The same token always has the same successor, so that a client that lost the answer gets the same one again though
 * nothing but hashes is stored. Only who has the signing key can derive it: a stolen token gives none of its successors.
 */
export function createSuccessor(signingKey: string): Successor {
  const { d } = JSON.parse(signingKey) as { d: string }
  const secret = Buffer.from(hkdfSync('sha256', Buffer.from(d, 'base64url'), '', 'doorstep refresh token successor', 32))
  return (refreshToken) => createHmac('sha256', secret).update(refreshToken).digest('base64url')
}

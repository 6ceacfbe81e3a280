import type { Clock } from '../clock.js'
import type { Tx } from '../infra/transaction.js'

export type NewRefreshToken = { tokenHash: Uint8Array<ArrayBuffer>; memberId: string; family: string; ttlDays: number }

export async function insertRefreshToken(tx: Tx, clock: Clock, token: NewRefreshToken): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO refresh_token (token_hash, member_id, family, created_at, expires_at)
    VALUES (${token.tokenHash}, ${token.memberId}::uuid, ${token.family}::uuid,
            ${clock.sqlNow}, ${clock.sqlNow} + make_interval(days => ${token.ttlDays}::int))`
}

export type LockedRefreshToken = { memberId: string; family: string; used: boolean; revoked: boolean; expired: boolean }

/** Reads a refresh token under its row lock: of many who use it at once, one is first. */
export async function lockRefreshToken(tx: Tx, clock: Clock, tokenHash: Uint8Array<ArrayBuffer>): Promise<LockedRefreshToken | null> {
  const [row] = await tx.$queryRaw<LockedRefreshToken[]>`
    SELECT member_id::text AS "memberId", family::text, used_at IS NOT NULL AS used, revoked_at IS NOT NULL AS revoked,
           expires_at <= ${clock.sqlNow} AS expired
    FROM refresh_token WHERE token_hash = ${tokenHash} FOR UPDATE`
  return row ?? null
}

export async function markUsed(tx: Tx, clock: Clock, tokenHash: Uint8Array<ArrayBuffer>): Promise<void> {
  await tx.$executeRaw`UPDATE refresh_token SET used_at = ${clock.sqlNow} WHERE token_hash = ${tokenHash}`
}

/** Ends a session: no token of the family works any more. */
export async function revokeFamily(tx: Tx, clock: Clock, family: string): Promise<void> {
  await tx.$executeRaw`UPDATE refresh_token SET revoked_at = ${clock.sqlNow} WHERE family = ${family}::uuid AND revoked_at IS NULL`
}

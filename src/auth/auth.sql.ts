import type { Clock } from '../clock.js'
import type { Queryable } from '../infra/database.js'
import type { Tx } from '../infra/transaction.js'

/** A SHA-256 digest. */
export type Hash = Uint8Array<ArrayBuffer>

/** Expired nonces that one new nonce sweeps away: more than come, so that the table stays as small as five minutes are. */
const sweptNonces = 20

/** Keeps a nonce for a sign-in, and takes some expired ones away. Gives the instant at which it expires. */
export async function insertNonce(db: Queryable, clock: Clock, nonceHash: Hash, ttlSeconds: number): Promise<Date> {
  const [row] = await db.$queryRaw<[{ expiresAt: Date }]>`
    WITH swept AS (
      DELETE FROM sign_in_nonce WHERE nonce_hash IN (
        SELECT nonce_hash FROM sign_in_nonce WHERE expires_at <= ${clock.sqlNow}
        ORDER BY expires_at LIMIT ${sweptNonces}::int FOR UPDATE SKIP LOCKED)
    )
    INSERT INTO sign_in_nonce (nonce_hash, expires_at) VALUES (${nonceHash}, ${clock.sqlNow} + make_interval(secs => ${ttlSeconds}::int))
    RETURNING expires_at AS "expiresAt"`
  return row.expiresAt
}

/** Takes a nonce: true for one caller, once, and only while it is fresh. Others wait for that one's commit, then find nothing. */
export async function consumeNonce(tx: Tx, clock: Clock, nonceHash: Hash): Promise<boolean> {
  return (await tx.$executeRaw`DELETE FROM sign_in_nonce WHERE nonce_hash = ${nonceHash} AND expires_at > ${clock.sqlNow}`) === 1
}

export type NewRefreshToken = { tokenHash: Hash; memberId: string; family: string; ttlDays: number }

export async function insertRefreshToken(tx: Tx, clock: Clock, token: NewRefreshToken): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO refresh_token (token_hash, member_id, family, created_at, expires_at)
    VALUES (${token.tokenHash}, ${token.memberId}::uuid, ${token.family}::uuid,
            ${clock.sqlNow}, ${clock.sqlNow} + make_interval(days => ${token.ttlDays}::int))`
}

export type LockedRefreshToken = { memberId: string; family: string; used: boolean; revoked: boolean; expired: boolean }

/** Reads a refresh token under its row lock: of many who use it at once, one is first. */
export async function lockRefreshToken(tx: Tx, clock: Clock, tokenHash: Hash): Promise<LockedRefreshToken | null> {
  const [row] = await tx.$queryRaw<LockedRefreshToken[]>`
    SELECT member_id::text AS "memberId", family::text, used_at IS NOT NULL AS used, revoked_at IS NOT NULL AS revoked,
           expires_at <= ${clock.sqlNow} AS expired
    FROM refresh_token WHERE token_hash = ${tokenHash} FOR UPDATE`
  return row ?? null
}

export async function markUsed(tx: Tx, clock: Clock, tokenHash: Hash): Promise<void> {
  await tx.$executeRaw`UPDATE refresh_token SET used_at = ${clock.sqlNow} WHERE token_hash = ${tokenHash}`
}

/** Ends a session: no token of the family works any more. */
export async function revokeFamily(tx: Tx, clock: Clock, family: string): Promise<void> {
  await tx.$executeRaw`UPDATE refresh_token SET revoked_at = ${clock.sqlNow} WHERE family = ${family}::uuid AND revoked_at IS NULL`
}

import { createHash } from 'node:crypto'
import type { Clock } from '../clock.js'
import type { Queryable } from '../database/database.js'
import { rowLock, type Tx, type UnitOfWork } from '../database/transaction.js'
import { Prisma } from '../generated/prisma/client.js'
import { limits } from '../limits.js'
import type { Session } from './auth.types.js'

const { sql } = Prisma

/** Hashes alone are stored: reading the table signs nobody in. Random secrets need no salt. */
const hashOf = (secret: string) => new Uint8Array(createHash('sha256').update(secret).digest())

/** Expired nonces that each new one deletes: more than one, so that the table stays small. */
const sweptNonces = 20

/** Stores a nonce, and deletes some expired ones. Gives the instant at which it expires. */
export async function insertNonce(db: Queryable, clock: Clock, nonce: string, ttlSeconds: number): Promise<Date> {
  const [row] = await db.$queryRaw<[{ expiresAt: Date }]>`
    WITH swept AS (
      DELETE FROM sign_in_nonce WHERE nonce_hash IN (
        SELECT nonce_hash FROM sign_in_nonce WHERE expires_at <= ${clock.sqlNow}
        ORDER BY expires_at LIMIT ${sweptNonces}::int FOR UPDATE SKIP LOCKED)
    )
    INSERT INTO sign_in_nonce (nonce_hash, expires_at) VALUES (${hashOf(nonce)}, ${clock.sqlNow} + make_interval(secs => ${ttlSeconds}::int))
    RETURNING expires_at AS "expiresAt"`
  return row.expiresAt
}

/** True for one caller, once, before it expires. Others wait for its commit, and find nothing. */
export async function consumeNonce(tx: Tx, clock: Clock, nonce: string): Promise<boolean> {
  return (await tx.$executeRaw`DELETE FROM sign_in_nonce WHERE nonce_hash = ${hashOf(nonce)} AND expires_at > ${clock.sqlNow}`) === 1
}

/**
 * Locks the owner of a refresh token, so that a rotation can't slip past a revocation of its
 * family. The member comes first, as everywhere (lock.ts), or a rotation and a deletion of the
 * member would wait for each other. Null where there is no such token.
 */
export async function lockOwner(unit: UnitOfWork, token: string): Promise<string | null> {
  const [row] = await unit.tx.$queryRaw<{ memberId: string }[]>`
    SELECT member.id::text AS "memberId"
    FROM refresh_token JOIN member ON member.id = refresh_token.member_id
    WHERE token_hash = ${hashOf(token)}
    FOR NO KEY UPDATE OF member ${rowLock(unit)}`
  return row?.memberId ?? null
}

/** The session (family) of a refresh token, used or not; null where there is no such token. */
export async function readFamily(db: Queryable, token: string): Promise<string | null> {
  const [row] = await db.$queryRaw<{ family: string }[]>`SELECT family::text FROM refresh_token WHERE token_hash = ${hashOf(token)}`
  return row?.family ?? null
}

export type RefreshToken = {
  family: string
  sessionBeganAt: Date
  /** Not revoked, not expired. */
  live: boolean
  used: boolean
  /** Used so recently that the client may not have received the response. */
  inGrace: boolean
}

/** Call it under the owner's lock, in a statement after the one that waited for it. */
export async function readRefreshToken(tx: Tx, { sqlNow }: Clock, token: string, graceSeconds: number): Promise<RefreshToken | null> {
  const [row] = await tx.$queryRaw<RefreshToken[]>`
    SELECT family::text, session_began_at AS "sessionBeganAt", revoked_at IS NULL AND expires_at > ${sqlNow} AS live, used_at IS NOT NULL AS used,
           coalesce(used_at > ${sqlNow} - make_interval(secs => ${graceSeconds}::int), false) AS "inGrace"
    FROM refresh_token WHERE token_hash = ${hashOf(token)}`
  return row ?? null
}

export type NewRefreshToken = {
  secret: string
  memberId: string
  family: string
  /** Null: a session begins with it. */
  sessionBeganAt: Date | null
  ttlDays: number
}

/** A session's first token, or the next once the last is marked used. False: no such member. */
export async function insertRefreshToken(unit: UnitOfWork, { sqlNow }: Clock, token: NewRefreshToken): Promise<boolean> {
  const inserted = await unit.tx.$executeRaw`
    INSERT INTO refresh_token (token_hash, member_id, family, created_at, expires_at, session_began_at)
    SELECT ${hashOf(token.secret)}, id, ${token.family}::uuid, ${sqlNow}, ${sqlNow} + make_interval(days => ${token.ttlDays}::int),
           coalesce(${token.sessionBeganAt}::timestamptz, ${sqlNow})
    FROM member WHERE id = ${token.memberId}::uuid
    FOR NO KEY UPDATE ${rowLock(unit)}`
  return inserted === 1
}

export async function markUsed(tx: Tx, { sqlNow }: Clock, token: string): Promise<void> {
  await tx.$executeRaw`UPDATE refresh_token SET used_at = ${sqlNow} WHERE token_hash = ${hashOf(token)}`
}

/** A session lasts while it has a token that is neither used nor revoked. */
const lasts = sql`used_at IS NULL AND revoked_at IS NULL`

export type SessionRow = Omit<Session, 'current'>

export async function readSessions(db: Queryable, { sqlNow }: Clock, memberId: string): Promise<SessionRow[]> {
  return db.$queryRaw`
    SELECT family::text AS id, rfc3339(session_began_at) AS "createdAt", rfc3339(created_at) AS "lastUsedAt"
    FROM refresh_token
    WHERE member_id = ${memberId}::uuid AND ${lasts} AND expires_at > ${sqlNow}
    ORDER BY created_at DESC, family DESC LIMIT ${limits.sessionsPerMember}::int`
}

/** True where a session is or was the member's, for as long as that is known. */
export async function sessionExists(db: Queryable, memberId: string, sessionId: string): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    SELECT FROM refresh_token WHERE member_id = ${memberId}::uuid AND family = ${sessionId}::uuid LIMIT 1`
  return rows.length > 0
}

/** Ends one session, or all if null, under the member's lock. Gives the ids of those that ended. */
export async function revokeSessions(tx: Tx, { sqlNow }: Clock, memberId: string, sessionId: string | null): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    UPDATE refresh_token SET revoked_at = ${sqlNow}
    WHERE member_id = ${memberId}::uuid AND ${lasts} AND (${sessionId}::uuid IS NULL OR family = ${sessionId}::uuid)
    RETURNING family::text AS id`
  return rows.map(({ id }) => id)
}

/** Ends the least recently used sessions over the limit, never `kept`, under the member's lock. */
export async function revokeSurplusSessions(tx: Tx, { sqlNow }: Clock, memberId: string, kept: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    UPDATE refresh_token SET revoked_at = ${sqlNow}
    WHERE member_id = ${memberId}::uuid AND ${lasts} AND family IN (
      SELECT family FROM refresh_token
      WHERE member_id = ${memberId}::uuid AND ${lasts} AND family <> ${kept}::uuid
      ORDER BY created_at DESC OFFSET ${limits.sessionsPerMember}::int - 1)
    RETURNING family::text AS id`
  return rows.map(({ id }) => id)
}

export async function readRevokedSessions(db: Queryable, { sqlNow }: Clock, seconds: number): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT family::text AS id FROM refresh_token
    WHERE used_at IS NULL AND revoked_at > ${sqlNow} - make_interval(secs => ${seconds}::int)`
  return rows.map(({ id }) => id)
}

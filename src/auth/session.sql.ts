import type { Clock } from '../clock.js'
import type { Queryable } from '../database/database.js'
import type { Tx } from '../database/transaction.js'
import { Prisma } from '../generated/prisma/client.js'
import { limits } from '../limits.js'

const { sql } = Prisma

/** A session by the one token that it can go on with: while that is there, it lasts. */
const lasts = sql`used_at IS NULL AND revoked_at IS NULL`

export type SessionRow = { id: string; createdAt: string; lastUsedAt: string }

/** Where a member is signed in, the sessions used last first. */
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

/** Ends one session of a member, or every one, under the member's lock: no token of it works any more. Gives those that ended. */
export async function revokeSessions(tx: Tx, { sqlNow }: Clock, memberId: string, sessionId: string | null): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    UPDATE refresh_token SET revoked_at = ${sqlNow}
    WHERE member_id = ${memberId}::uuid AND ${lasts} AND (${sessionId}::uuid IS NULL OR family = ${sessionId}::uuid)
    RETURNING family::text AS id`
  return rows.map(({ id }) => id)
}

/** Ends the sessions beyond the limit that were used longest ago, under the member's lock, but never `kept`. Gives those that ended. */
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

/** The sessions that were ended in the last so many seconds, of all members. */
export async function readRevokedSessions(db: Queryable, { sqlNow }: Clock, seconds: number): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT family::text AS id FROM refresh_token
    WHERE used_at IS NULL AND revoked_at > ${sqlNow} - make_interval(secs => ${seconds}::int)`
  return rows.map(({ id }) => id)
}

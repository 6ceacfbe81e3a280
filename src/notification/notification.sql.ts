import type { Clock } from '../clock.js'
import type { Queryable } from '../database/database.js'
import type { Tx } from '../database/transaction.js'
import { memberGone } from '../errors.js'
import { Prisma } from '../generated/prisma/client.js'
import { placeOf } from '../snapshot/snapshot.sql.js'
import type { FeedState } from './feed.js'
import type { ScenarioNotification } from './notification.types.js'

const { sql } = Prisma

/** What items and places have in common. */
const entry = sql`'scenarioId', scenario.id, 'name', scenario.name, 'memo', scenario.memo,
  'method', notification.method, 'daysOfWeek', notification.days_of_week`

type Reader = Pick<Queryable, '$queryRaw'>

export async function readRevisions(db: Reader, memberIds: string[]): Promise<Map<string, string>> {
  const rows = await db.$queryRaw<{ id: string; revision: string }[]>`
    SELECT id::text, notification_revision::text AS revision FROM member WHERE id = ANY (${memberIds}::uuid[])`
  return new Map(rows.map(({ id, revision }) => [id, revision]))
}

/** The feed and its revision, by one statement. UNAUTHENTICATED where there is no such member. */
export async function readFeed(db: Reader, memberId: string): Promise<FeedState> {
  const [row] = await db.$queryRaw<{ feed: string }[]>`
    SELECT json_build_object(
      'revision', member.notification_revision::text, 'items', coalesce(feed.items, '[]'), 'places', coalesce(feed.places, '[]')
    )::text AS feed
    FROM member
    CROSS JOIN LATERAL (
      SELECT json_agg(json_build_object(${entry}, 'time', to_char(notification.time, 'HH24:MI')) ORDER BY scenario.id)
               FILTER (WHERE notification.time IS NOT NULL) AS items,
             json_agg(json_build_object(${entry}, 'place', ${placeOf(sql`notification`)}) ORDER BY scenario.id)
               FILTER (WHERE notification.place_event IS NOT NULL) AS places
      FROM scenario JOIN notification ON notification.member_id = scenario.member_id AND notification.scenario_id = scenario.id
      WHERE scenario.member_id = member.id AND scenario.deleted_at IS NULL AND notification.active AND NOT member.notifications_paused
    ) feed
    WHERE id = ${memberId}::uuid`
  if (!row) throw memberGone()
  return JSON.parse(row.feed)
}

/** Gives the new revision. The row is locked until the commit: dense, in commit order. */
export async function bumpRevision(tx: Tx, memberId: string): Promise<string> {
  const [row] = await tx.$queryRaw<{ revision: string }[]>`
    UPDATE member SET notification_revision = notification_revision + 1 WHERE id = ${memberId}::uuid
    RETURNING notification_revision::text AS revision`
  return (row as { revision: string }).revision
}

/** Switches notifications that have all an active one needs; gives how many it switched. */
export async function switchAll(tx: Tx, { sqlNow }: Clock, memberId: string, active: boolean): Promise<number> {
  return tx.$executeRaw`
    WITH switched AS (
      UPDATE notification SET active = ${active}::boolean
      FROM scenario
      WHERE notification.member_id = ${memberId}::uuid AND scenario.member_id = notification.member_id AND scenario.id = notification.scenario_id
        AND scenario.deleted_at IS NULL AND notification.active <> ${active}::boolean
        AND notification.time IS NOT NULL AND notification.method IS NOT NULL AND cardinality(notification.days_of_week) > 0
      RETURNING scenario.id
    )
    UPDATE scenario SET version = version + 1, updated_at = ${sqlNow} FROM switched
    WHERE scenario.member_id = ${memberId}::uuid AND scenario.id = switched.id`
}

/**
 * The next `count` instants at which notifications ring, by scenario id, in order. A notification
 * rings at the first instant at which the zone's wall clock shows its time or later (`day_start`).
 * No ring on a date that the zone leaves out (Apia, 2011-12-30), nor on a paused one, by the
 * member's local date at that instant.
 */
export async function readOccurrences(
  db: Reader,
  { sqlNow }: Clock,
  memberId: string,
  items: readonly ScenarioNotification[],
  count: number,
): Promise<Map<string, string[]>> {
  const rows = await db.$queryRaw<{ id: string; instants: string[] }[]>`
    WITH owner AS MATERIALIZED (
      SELECT time_zone AS zone, day_starts_at, closed_through, (${sqlNow} AT TIME ZONE time_zone)::date AS today
      FROM member WHERE id = ${memberId}::uuid
    ), off AS MATERIALIZED (
      SELECT starts_on, ends_on FROM owner JOIN pause ON member_id = ${memberId}::uuid AND ends_on >= today - 1
    ), day AS MATERIALIZED (
      -- So many weeks after the last pause as it takes, but for dates that lie deep in a pause.
      SELECT today + ahead AS date, to_char(today + ahead, 'FMDAY') AS name
      FROM owner
      CROSS JOIN generate_series(-1, greatest((SELECT max(ends_on) FROM off) - today, 0) + 7 * (${count}::int + 2)) AS ahead
      WHERE ahead < 2 OR NOT EXISTS (SELECT FROM off WHERE starts_on < today + ahead AND ends_on > today + ahead)
    )
    SELECT item."scenarioId" AS id, ARRAY(
      SELECT rfc3339(ring.at)
      FROM owner
      CROSS JOIN (
        -- And more, for dates that are over, left out by the zone, or paused nevertheless.
        SELECT date FROM day WHERE name = ANY (item."daysOfWeek") ORDER BY date LIMIT ${count}::int + 7 + 4 * (SELECT count(*) FROM off)
      ) AS due
      -- OFFSET 0 keeps both from being computed anew in each condition, and for each of the pauses.
      CROSS JOIN LATERAL (SELECT day_start(due.date, owner.zone, item.time) AS at OFFSET 0) AS ring
      CROSS JOIN LATERAL (SELECT local_date(ring.at, owner.zone, owner.day_starts_at, owner.closed_through) AS date OFFSET 0) AS local
      WHERE day_start(due.date, owner.zone, '00:00') < day_start(due.date + 1, owner.zone, '00:00')
        AND ring.at > ${sqlNow}
        AND NOT EXISTS (SELECT FROM off WHERE local.date BETWEEN starts_on AND ends_on)
      ORDER BY ring.at
      LIMIT ${count}::int
    ) AS instants
    FROM jsonb_to_recordset(${JSON.stringify(items)}::jsonb) AS item ("scenarioId" text, "daysOfWeek" text[], time time)`
  return new Map(rows.map(({ id, instants }) => [id, instants]))
}

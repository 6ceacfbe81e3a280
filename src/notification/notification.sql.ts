import type { Clock } from '../clock.js'
import type { Queryable } from '../database/database.js'
import type { Tx } from '../database/transaction.js'
import { Prisma } from '../generated/prisma/client.js'
import { placeOf } from '../snapshot/place.sql.js'
import type { FeedItem, FeedState } from './feed.js'

const { sql } = Prisma

/** What items and places have in common. */
const entry = sql`'scenarioId', scenario.id, 'name', scenario.name, 'memo', scenario.memo,
  'method', notification.method, 'daysOfWeek', notification.days_of_week`

type Reader = Pick<Queryable, '$queryRaw'>

/** The revisions of members' feeds, by their ids; without members who are gone. */
export async function readRevisions(db: Reader, memberIds: string[]): Promise<Map<string, string>> {
  const rows = await db.$queryRaw<{ id: string; revision: string }[]>`
    SELECT id::text, notification_revision::text AS revision FROM member WHERE id = ANY (${memberIds}::uuid[])`
  return new Map(rows.map(({ id, revision }) => [id, revision]))
}

/** The feed and its revision in one statement, so that they belong together; null where there is no such member. */
export async function readFeed(db: Reader, memberId: string): Promise<FeedState | null> {
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
  return row ? JSON.parse(row.feed) : null
}

/** Counts the revision of a member's feed up; gives the new one. Its row is locked until the commit: dense, in commit order. */
export async function bumpRevision(tx: Tx, memberId: string): Promise<string> {
  const [row] = await tx.$queryRaw<{ revision: string }[]>`
    UPDATE member SET notification_revision = notification_revision + 1 WHERE id = ${memberId}::uuid
    RETURNING notification_revision::text AS revision`
  return (row as { revision: string }).revision
}

/** Switches a member's notifications on or off, those that have all an active one needs; gives how many it switched. */
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
 * The next instants, after now, at which notifications ring: by scenario id, each `count` of them in order. A
 * notification rings where a day that starts at its time would begin (day_start): at the first instant at which the wall clock
 * of the member's zone shows its time or later. A date that the zone leaves out (Apia, 2011-12-30) has no ring.
 */
export async function readOccurrences(
  db: Reader,
  { sqlNow }: Clock,
  memberId: string,
  items: readonly FeedItem[],
  count: number,
): Promise<Map<string, string[]>> {
  const rows = await db.$queryRaw<{ id: string; instants: string[] }[]>`
    WITH owner AS MATERIALIZED (
      SELECT time_zone AS zone, (${sqlNow} AT TIME ZONE time_zone)::date AS today FROM member WHERE id = ${memberId}::uuid
    )
    SELECT item."scenarioId" AS id, ARRAY(
      SELECT rfc3339(ring.at)
      FROM owner
      -- So many weeks as it takes, and one more for what is over today or is left out by the zone.
      CROSS JOIN generate_series(-1, 7 * (${count}::int / cardinality(item."daysOfWeek") + 2)) AS ahead
      CROSS JOIN LATERAL (SELECT owner.today + ahead AS date) AS due
      CROSS JOIN LATERAL (SELECT day_start(due.date, owner.zone, item.time) AS at) AS ring
      WHERE to_char(due.date, 'FMDAY') = ANY (item."daysOfWeek")
        AND day_start(due.date, owner.zone, '00:00') < day_start(due.date + 1, owner.zone, '00:00')
        AND ring.at > ${sqlNow}
      ORDER BY ring.at
      LIMIT ${count}::int
    ) AS instants
    FROM jsonb_to_recordset(${JSON.stringify(items)}::jsonb) AS item ("scenarioId" text, "daysOfWeek" text[], time time)`
  return new Map(rows.map(({ id, instants }) => [id, instants]))
}

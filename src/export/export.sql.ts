import type { Clock } from '../clock.js'
import type { Queryable } from '../database/database.js'
import { Prisma } from '../generated/prisma/client.js'
import { isPresent } from '../snapshot/revision.sql.js'

const { raw, sql } = Prisma

export type ExportedTable = {
  table: string
  /** The field of the document that has its rows. */
  field: string
  columns: string[]
  orderBy: string
  /** Rows read at a time: some hundred kilobytes in memory. */
  rowsPerPage: number
  where: Prisma.Sql
}

const words = (text: string) => text.split(' ')

const tableOf = (
  table: string,
  field: string,
  columns: string,
  { orderBy = 'id', rowsPerPage = 500, where = sql`true` }: Partial<Pick<ExportedTable, 'orderBy' | 'rowsPerPage' | 'where'>> = {},
): ExportedTable => ({ table, field, columns: words(columns), orderBy, rowsPerPage, where })

/** All that is kept of a member. A test compares it with the catalog and lists what is left out. */
export const exportedMemberColumns = words(
  'id nickname time_zone day_starts_at closed_through next_close_at last_seen_on settings_since list_version notification_revision notifications_paused created_at updated_at',
)

export const exportedTables: ExportedTable[] = [
  tableOf('identity', 'identities', 'provider subject created_at', { orderBy: 'provider, subject' }),
  tableOf('refresh_token', 'refreshTokens', 'family created_at expires_at used_at revoked_at session_began_at', { orderBy: 'token_hash' }),
  tableOf(
    'scenario',
    'scenarios',
    'id name memo position version created_at updated_at starts_on template_since deleted_at deleted_on gaps',
  ),
  tableOf(
    'notification',
    'notifications',
    'scenario_id active method days_of_week time place_latitude place_longitude place_radius_meters place_event place_from place_until',
    { orderBy: 'scenario_id' },
  ),
  tableOf(
    'mission',
    'missions',
    'id scenario_id parent_mission_id mission_type use_date is_checked position version added_on removed_on absent_on weekdays earlier_weekdays earlier_weekdays_until content created_at updated_at',
  ),
  // Without the present one: its lines are among the missions.
  tableOf('template_revision', 'templateRevisions', 'scenario_id through lines', {
    orderBy: 'scenario_id, through',
    rowsPerPage: 20,
    where: sql`NOT ${isPresent}`,
  }),
  tableOf('day_close', 'dayReceipts', 'date closed_at ended_at source total_count checked_count version', { orderBy: 'date' }),
  tableOf('pause', 'pauses', 'id starts_on ends_on created_at'),
  tableOf('operation', 'operations', 'id done_at'),
  tableOf('tombstone', 'tombstones', 'id scenario_id use_date deleted_at'),
]

export const camelCase = (column: string): string => column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

const selected = (columns: string[]) => raw(columns.map((column) => `${column} AS "${camelCase(column)}"`).join(', '))

export async function readMemberJson(db: Queryable, { sqlNow }: Clock, memberId: string): Promise<{ json: string; now: string } | null> {
  const [row] = await db.$queryRaw<{ json: string; now: string }[]>`
    SELECT to_json(member)::text AS json, rfc3339(${sqlNow}) AS now
    FROM (SELECT ${selected(exportedMemberColumns)} FROM member WHERE id = ${memberId}::uuid) member`
  return row ?? null
}

/** A member's rows of a table, as JSON, by a cursor: neither side ever has all of them. */
export async function* readPages(db: Queryable, table: ExportedTable, memberId: string): AsyncGenerator<string[]> {
  await db.$executeRaw`
    DECLARE exported NO SCROLL CURSOR FOR
    SELECT to_json(kept)::text AS json
    FROM (
      SELECT ${selected(table.columns)} FROM ${raw(table.table)}
      WHERE member_id = ${memberId}::uuid AND ${table.where} ORDER BY ${raw(table.orderBy)}
    ) kept`
  for (let isLast = false; !isLast; ) {
    const rows = await db.$queryRaw<{ json: string }[]>`FETCH ${raw(`${table.rowsPerPage}`)} FROM exported`
    isLast = rows.length < table.rowsPerPage
    if (rows.length > 0) yield rows.map(({ json }) => json)
  }
  await db.$executeRaw`CLOSE exported`
}

import type { TestApp } from './app.js'
import { insertPresentRevisions } from './templates.js'

/** Closes every day that is due; gives how many days that were. */
export async function sweep({ app }: TestApp): Promise<number> {
  return (await app.closing.closeDue(new AbortController().signal)).days
}

type Seed = { members: number; lines: number; today?: string }

/** Writes so many members straight into the tables, each with a scenario and its lines, whose yesterday is due. */
export async function seedDueMembers({ database }: TestApp, { members, lines, today = utcToday() }: Seed): Promise<void> {
  await database.$executeRaw`
    INSERT INTO member (id, nickname, time_zone, closed_through, next_close_at, last_seen_on)
    SELECT gen_random_uuid(), 'Member ' || n, 'UTC', ${today}::date - 2, ${today}::date, ${today}::date FROM generate_series(1, ${members}::int) n`
  await database.$executeRaw`
    INSERT INTO scenario (id, member_id, name, position, starts_on, template_since)
    SELECT gen_random_uuid(), id, 'Leaving home', 0, ${today}::date - 3, ${today}::date - 3 FROM member`
  await database.$executeRaw`
    INSERT INTO mission (member_id, id, scenario_id, mission_type, content, position, version, added_on, created_at)
    SELECT member_id, gen_random_uuid(), scenario.id, 'BASIC', 'Line ' || n, n, 1, ${today}::date - 3, ${today}::date - 3 FROM scenario, generate_series(1, ${lines}::int) n`
  await database.$executeRaw(insertPresentRevisions)
}

const utcToday = () => new Date().toISOString().slice(0, 10)

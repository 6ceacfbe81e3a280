import type { TestApp } from './app.js'

/** Runs the closing until nothing is due; gives how many days it closed. */
export async function sweep({ app }: TestApp): Promise<number> {
  for (let days = 0; ; ) {
    const chunk = await app.closing.closeDueChunk(200)
    if (chunk.members === 0) return days
    days += chunk.days
  }
}

/** Writes so many members straight into the tables, each with a scenario and its lines, whose yesterday is due. */
export async function seedDueMembers({ database }: TestApp, { members, lines }: { members: number; lines: number }): Promise<void> {
  await database.$executeRaw`
    INSERT INTO member (id, nickname, time_zone, closed_through, next_close_at, last_seen_on)
    SELECT gen_random_uuid(), 'Member ' || n, 'UTC', now()::date - 2, now()::date, now()::date FROM generate_series(1, ${members}::int) n`
  await database.$executeRaw`
    INSERT INTO scenario (id, member_id, name, position) SELECT gen_random_uuid(), id, 'Leaving home', 0 FROM member`
  await database.$executeRaw`
    INSERT INTO mission (id, scenario_id, mission_type, content, position, created_at)
    SELECT gen_random_uuid(), scenario.id, 'BASIC', 'Line ' || n, n, now() - interval '3 days' FROM scenario, generate_series(1, ${lines}::int) n`
}

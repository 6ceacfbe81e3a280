import { Prisma } from '../generated/prisma/client.js'

const { sql } = Prisma

/** The place of a notification (a row with its columns) as the API shows it, as JSON; NULL where it has none. */
export const placeOf = (notification: Prisma.Sql): Prisma.Sql => sql`
  CASE WHEN ${notification}.place_event IS NOT NULL THEN json_build_object(
    'latitude', ${notification}.place_latitude, 'longitude', ${notification}.place_longitude,
    'radiusMeters', ${notification}.place_radius_meters, 'on', ${notification}.place_event,
    'from', to_char(${notification}.place_from, 'HH24:MI'), 'until', to_char(${notification}.place_until, 'HH24:MI')) END`

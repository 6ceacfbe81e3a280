-- The calendar has one rule: a local date begins at the first instant at which the wall clock of the member's zone shows the date
-- and day_starts_at, or later; the local date at an instant is the latest one that has begun. So it never goes back. A start
-- within a repeated hour counts the first time, one within a gap at the end of the gap, and a date that the zone leaves
-- out begins with the next one. docs/adr/0015-calendar.md has examples and what was rejected.
--
-- The functions hold for changes of a zone's offset that are days apart, at whole minutes, and set the clock back by less
-- than 24 hours: all changes of all zones since 1990. They are IMMUTABLE although an update of the time zone data may bring
-- other rules, as AT TIME ZONE is. They are not inlined: an expression would have to convert more often, and PostgreSQL inlines
-- none whose argument is costly itself. A call takes about a microsecond.

-- The instant at which a local date begins.
CREATE OR REPLACE FUNCTION day_start(date date, time_zone text, day_starts_at time) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  wall   timestamp := date + day_starts_at;
  -- The instants that show `wall` if the offset of the day before still holds, and if that of the day after holds already.
  by_old timestamptz := (wall - interval '1 day') AT TIME ZONE time_zone + interval '24 hours';
  by_new timestamptz;
BEGIN
  IF by_old AT TIME ZONE time_zone = wall THEN
    RETURN by_old;
  END IF;

  by_new := (wall + interval '1 day') AT TIME ZONE time_zone - interval '24 hours';
  IF by_new AT TIME ZONE time_zone = wall THEN
    RETURN by_new;
  END IF;

  -- The clock leaps over `wall`, at a minute between the two.
  RETURN (
    SELECT min(minute) FROM generate_series(by_new, by_old, interval '1 minute') AS minute
    WHERE minute AT TIME ZONE time_zone > wall
  );
END $$;

-- The local date at an instant. Never earlier than the day after the last closed one, whatever zone or start of day was
-- chosen since.
CREATE OR REPLACE FUNCTION local_date(at timestamptz, time_zone text, day_starts_at time, closed_through date) RETURNS date
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  wall  timestamp := at AT TIME ZONE time_zone;
  -- What the wall clock tells: wall clock minus wall clock, never 24-hour arithmetic on instants.
  today date := (wall - day_starts_at)::date;
BEGIN
  -- The clock was set back since yesterday, perhaps over the beginning of the next date.
  IF wall < (at - interval '24 hours') AT TIME ZONE time_zone + interval '24 hours'
    AND day_start(today + 1, time_zone, day_starts_at) <= at
  THEN
    today := today + 1;
  END IF;
  RETURN greatest(today, closed_through + 1);
END $$;

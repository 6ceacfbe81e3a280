-- Places where a notification rings, lines of some days of the week, and days off.

-- Notifications -----------------------------------------------------------------------------------------------------------

CREATE TYPE place_event AS ENUM ('LEAVE', 'ENTER');

-- While true the feed is empty. What is set on each notification stays as it is.
ALTER TABLE member ADD COLUMN notifications_paused boolean NOT NULL DEFAULT false;

ALTER TABLE notification
  ADD COLUMN place_latitude double precision,
  ADD COLUMN place_longitude double precision,
  ADD COLUMN place_radius_meters int,
  ADD COLUMN place_event place_event,
  ADD COLUMN place_from time(0),
  ADD COLUMN place_until time(0),
  -- NaN is more than any number, so that a range leaves it out.
  ADD CONSTRAINT notification_place_on_earth
    CHECK (place_latitude BETWEEN -90 AND 90 AND place_longitude BETWEEN -180 AND 180 AND place_radius_meters BETWEEN 100 AND 4000),
  ADD CONSTRAINT notification_place_is_whole
    CHECK (num_nonnulls(place_latitude, place_longitude, place_radius_meters, place_event) IN (0, 4)),
  -- Both or neither, and of a place. From 22:00 until 06:00 is over midnight; from 08:00 until 08:00 might be never or always.
  ADD CONSTRAINT notification_place_hours
    CHECK (num_nonnulls(place_from, place_until) IN (0, 2) AND (place_from IS NULL OR place_event IS NOT NULL) AND place_from <> place_until),
  DROP CONSTRAINT notification_active_is_complete,
  ADD CONSTRAINT notification_active_is_complete
    CHECK (NOT active OR (method IS NOT NULL AND num_nonnulls(time, place_event) > 0 AND cardinality(days_of_week) > 0));

-- Lines -------------------------------------------------------------------------------------------------------------------

-- `weekdays`: the days of the week on which a line is on the list, a bit for each, Monday's the lowest. NULL, and not 127: every day.
-- What it was before its days changed stands beside it, oldest first: `earlier_weekdays[n]` held up to and including
-- `earlier_weekdays_until[n]`. So whether a line is on a date's list is told by its own row, which a statement that had to wait for a
-- lock looks at anew. The revisions of the template, which tell what the list looked like, say the same.
ALTER TABLE mission
  ADD COLUMN weekdays smallint,
  ADD COLUMN earlier_weekdays smallint[],
  ADD COLUMN earlier_weekdays_until date[],
  ADD CONSTRAINT mission_weekdays CHECK (weekdays BETWEEN 1 AND 126),
  ADD CONSTRAINT mission_earlier_weekdays CHECK (
    (earlier_weekdays IS NULL) = (earlier_weekdays_until IS NULL) AND cardinality(earlier_weekdays) = cardinality(earlier_weekdays_until)
    AND 1 <= ALL (earlier_weekdays) AND 127 >= ALL (earlier_weekdays)),
  ADD CONSTRAINT mission_weekdays_are_of_a_line
    CHECK (use_date IS NULL OR num_nonnulls(weekdays, earlier_weekdays, earlier_weekdays_until) = 0);

-- The days of the week of a line as they were on a date, a bit for each: those with the least `until` that is not before it. PostgreSQL
-- inlines it.
CREATE FUNCTION weekdays_on(date date, weekdays smallint, earlier smallint[], earlier_until date[]) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(earlier[width_bucket(date - 1, earlier_until) + 1], weekdays, 127);

-- Days off ----------------------------------------------------------------------------------------------------------------

-- From one local date to another, both included. A date that is over never comes into one and never leaves one, so a receipt need not
-- remember whether its day was paused. Pauses of a member do not overlap: the member's lock sees to that, since a constraint (EXCLUDE) would
-- need an extension that not every server has (btree_gist).
CREATE TABLE pause (
  member_id  uuid NOT NULL REFERENCES member (id) ON DELETE CASCADE,
  id         uuid NOT NULL,
  starts_on  date NOT NULL,
  ends_on    date NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (member_id, id),
  CONSTRAINT pause_ends_after_its_start CHECK (starts_on <= ends_on)
);

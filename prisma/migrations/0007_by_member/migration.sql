-- Data by member, and history by revision: nothing is copied at midnight.
--
-- Until now a closed day was a copy of every line (a frozen row for each). From now on a closed day is its receipt alone. What
-- its list was is told by the template as it was then: by the revision that its first later change has kept, or else by the
-- present lines. A check is a narrow row beside its line. Every table of a member's data has the member first in its
-- primary key and its foreign keys: a member's day is one range of one index, and ownership is a condition, not a join.

-- Scenarios ---------------------------------------------------------------------------------------------------------------

ALTER TABLE notification DROP CONSTRAINT notification_scenario_id_fkey;
ALTER TABLE mission DROP CONSTRAINT mission_scenario_id_fkey;

ALTER TABLE scenario
  -- Before this local date there is no list.
  ADD COLUMN starts_on date,
  -- The local date of the template's last change: from it on, the lists are the present lines.
  ADD COLUMN template_since date,
  -- A deleted scenario stays for as long as receipts of its days may have to be counted. It has no place in the list.
  ADD COLUMN deleted_at timestamptz(3),
  ADD COLUMN deleted_on date,
  ALTER COLUMN position DROP NOT NULL,
  DROP CONSTRAINT scenario_pkey,
  ADD PRIMARY KEY (member_id, id),
  ADD CONSTRAINT scenario_deleted_has_no_position CHECK ((deleted_at IS NULL) = (position IS NOT NULL)),
  ADD CONSTRAINT scenario_deleted_has_date CHECK ((deleted_at IS NULL) = (deleted_on IS NULL));

UPDATE scenario SET
  starts_on = least(
    local_date(scenario.created_at, time_zone, day_starts_at, NULL),
    (SELECT min(use_date) FROM mission WHERE mission.scenario_id = scenario.id AND use_date <= closed_through)),
  template_since = closed_through + 1
FROM member WHERE member.id = scenario.member_id;

-- One that was made on a day that is still open began on that day, with its template.
UPDATE scenario SET template_since = greatest(template_since, starts_on);

ALTER TABLE scenario
  ALTER COLUMN starts_on SET NOT NULL,
  ALTER COLUMN template_since SET NOT NULL;

ALTER TABLE notification ADD COLUMN member_id uuid;
UPDATE notification SET member_id = scenario.member_id FROM scenario WHERE scenario.id = notification.scenario_id;
ALTER TABLE notification
  DROP CONSTRAINT notification_pkey,
  ADD PRIMARY KEY (member_id, scenario_id),
  ADD FOREIGN KEY (member_id, scenario_id) REFERENCES scenario ON DELETE CASCADE;

-- A template as it was up to and including a local date. Written once, never changed, read by date, purged by date: hence a
-- document, where the present template is rows. `lines`: [{ "id": …, "content": … }] in order.
CREATE TABLE template_revision (
  member_id   uuid NOT NULL,
  scenario_id uuid NOT NULL,
  through     date NOT NULL,
  lines       jsonb NOT NULL,

  PRIMARY KEY (member_id, scenario_id, through),
  FOREIGN KEY (member_id, scenario_id) REFERENCES scenario ON DELETE CASCADE,
  CONSTRAINT template_revision_lines_is_array CHECK (jsonb_typeof(lines) = 'array')
);

-- The frozen rows of each closed day that history covers are that day's template. Of equal days in a row the last one is kept.
INSERT INTO template_revision (member_id, scenario_id, through, lines)
SELECT member_id, scenario_id, date, lines
FROM (
  SELECT day.*, lead(lines) OVER (PARTITION BY member_id, scenario_id ORDER BY date) AS next_lines
  FROM (
    SELECT scenario.member_id, scenario.id AS scenario_id, date::date,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('id', coalesce(parent_mission_id, mission.id), 'content', content) ORDER BY mission.position), '[]')
            FROM mission WHERE mission.scenario_id = scenario.id AND use_date = date::date AND mission_type = 'BASIC') AS lines
    FROM scenario
    JOIN member ON member.id = scenario.member_id
    CROSS JOIN generate_series(greatest(starts_on, closed_through - 31), closed_through, interval '1 day') AS date
  ) day
) day
WHERE next_lines IS DISTINCT FROM lines;

-- Missions ----------------------------------------------------------------------------------------------------------------

ALTER TABLE mission RENAME TO old_mission;
ALTER INDEX mission_pkey RENAME TO old_mission_pkey;
ALTER TABLE old_mission RENAME CONSTRAINT mission_child_key TO old_mission_child_key;
ALTER TABLE old_mission RENAME CONSTRAINT mission_template_position_key TO old_mission_template_position_key;
ALTER TABLE old_mission RENAME CONSTRAINT mission_content_length TO old_mission_content_length;

CREATE TABLE mission (
  member_id         uuid NOT NULL,
  id                uuid NOT NULL,
  scenario_id       uuid,
  parent_mission_id uuid,
  mission_type      mission_type NOT NULL,
  use_date          date,
  is_checked        boolean NOT NULL DEFAULT false,
  position          int,
  version           int,
  -- The local dates on which a line came into its template and left it: it is on the lists from the one until before the other.
  -- So whether a line was on a date's list is told by its own row, which a statement that had to wait looks at anew.
  added_on          date,
  removed_on        date,
  content           text,
  created_at        timestamptz(3),
  updated_at        timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  PRIMARY KEY (member_id, id),
  FOREIGN KEY (member_id, scenario_id) REFERENCES scenario ON DELETE CASCADE,
  FOREIGN KEY (member_id, parent_mission_id) REFERENCES mission ON DELETE CASCADE,
  CONSTRAINT mission_content_length CHECK (char_length(content) BETWEEN 1 AND 100),
  CONSTRAINT mission_is_line_check_or_today_mission CHECK (
    CASE
      -- a line of a template: repeats every day, is never checked itself
      WHEN mission_type = 'BASIC' AND use_date IS NULL
        THEN scenario_id IS NOT NULL AND parent_mission_id IS NULL AND NOT is_checked
             AND num_nulls(content, position, version, added_on, created_at) = 0 AND (removed_on >= added_on) IS NOT FALSE
      -- the check of a line on one date: nothing else of its own
      WHEN mission_type = 'BASIC'
        THEN parent_mission_id IS NOT NULL AND num_nonnulls(scenario_id, content, position, version, added_on, removed_on, created_at) = 0
      -- a TODAY mission
      ELSE num_nulls(scenario_id, use_date, content, created_at) = 0 AND num_nonnulls(parent_mission_id, position, version, added_on) = 0
    END),
  -- One check of a line on a date. With the date before the line it is also the index of a member's day: all that happened on it
  -- stands side by side, and where there is no date, the lines do.
  CONSTRAINT mission_child_key UNIQUE (member_id, use_date, parent_mission_id, mission_type),
  -- Two lines of a template never stand in one place. A unique constraint could not be partial and deferred at once.
  CONSTRAINT mission_template_position_key
    EXCLUDE USING btree (member_id WITH =, scenario_id WITH =, position WITH =)
    WHERE (use_date IS NULL AND removed_on IS NULL) DEFERRABLE INITIALLY DEFERRED
);
-- For what happens to a scenario as a whole. Checks have no scenario of their own and are not in it.
CREATE INDEX mission_scenario_idx ON mission (member_id, scenario_id) WHERE scenario_id IS NOT NULL;

-- The lines.
INSERT INTO mission (member_id, id, scenario_id, mission_type, position, version, added_on, content, created_at, updated_at)
SELECT scenario.member_id, line.id, scenario_id, 'BASIC', line.position, line.version,
       least(local_date(line.created_at, time_zone, day_starts_at, NULL), (SELECT min(use_date) FROM old_mission WHERE parent_mission_id = line.id AND use_date <= closed_through)),
       content, line.created_at, line.updated_at
FROM old_mission line JOIN scenario ON scenario.id = scenario_id JOIN member ON member.id = scenario.member_id
WHERE mission_type = 'BASIC' AND use_date IS NULL;

-- A line that is gone, which a closed day remembers as checked: known by the frozen row alone.
INSERT INTO mission (member_id, id, scenario_id, mission_type, position, version, added_on, removed_on, content, created_at, updated_at)
SELECT scenario.member_id, gone.id, scenario_id, 'BASIC', gone.position, gone.version, use_date, use_date + 1, content, gone.created_at, gone.updated_at
FROM old_mission gone JOIN scenario ON scenario.id = scenario_id
WHERE mission_type = 'BASIC' AND use_date IS NOT NULL AND parent_mission_id IS NULL AND is_checked;

-- The checks. A frozen row that is not checked says nothing that the revision does not say.
INSERT INTO mission (member_id, id, parent_mission_id, mission_type, use_date, is_checked, updated_at)
SELECT scenario.member_id, gen_random_uuid(), coalesce(parent_mission_id, child.id), 'BASIC', use_date, is_checked, child.updated_at
FROM old_mission child JOIN scenario ON scenario.id = scenario_id JOIN member ON member.id = scenario.member_id
WHERE mission_type = 'BASIC' AND use_date IS NOT NULL AND (is_checked OR use_date > closed_through) AND (parent_mission_id IS NOT NULL OR is_checked);

-- The TODAY missions.
INSERT INTO mission (member_id, id, scenario_id, mission_type, use_date, is_checked, content, created_at, updated_at)
SELECT scenario.member_id, one.id, scenario_id, 'TODAY', use_date, is_checked, content, one.created_at, one.updated_at
FROM old_mission one JOIN scenario ON scenario.id = scenario_id
WHERE mission_type = 'TODAY';

DROP TABLE old_mission;
DROP FUNCTION child_id(uuid, date);

-- Days and sessions -------------------------------------------------------------------------------------------------------

-- 1, and one more for each time that a late tap was counted.
ALTER TABLE day_close ADD COLUMN version int NOT NULL DEFAULT 1;
-- Only the job closes days, and a change of the zone or of the start of the day.
ALTER TYPE close_source RENAME VALUE 'lazy' TO 'change';
-- Receipts are purged by member.
DROP INDEX day_close_date_idx;

ALTER TABLE refresh_token
  DROP CONSTRAINT refresh_token_pkey,
  ADD PRIMARY KEY (member_id, token_hash);
CREATE INDEX refresh_token_token_hash_idx ON refresh_token (token_hash);
DROP INDEX refresh_token_member_id_idx;

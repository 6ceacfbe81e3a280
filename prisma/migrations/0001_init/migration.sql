-- The tables of Doorstep. What a constraint can promise, no code has to.

CREATE TYPE mission_type AS ENUM ('BASIC', 'TODAY');
CREATE TYPE notification_method AS ENUM ('PUSH', 'ALARM');
CREATE TYPE day_of_week AS ENUM ('MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY');
CREATE TYPE close_source AS ENUM ('job', 'lazy');
CREATE TYPE job_outcome AS ENUM ('done', 'skipped', 'failed');

-- Instants and local dates ------------------------------------------------------------------------------------
-- All four are plain SQL expressions that PostgreSQL inlines, so that an index can serve what calls them.

-- The instant at which a local date begins. A boundary that does not exist gives the first instant after the gap,
-- a skipped date the start of the next, a boundary that happens twice the second.
CREATE FUNCTION day_start(date date, time_zone text, day_starts_at time) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (date + day_starts_at) AT TIME ZONE time_zone;

-- The local date at an instant: wall clock minus wall clock, never 24-hour arithmetic on instants.
-- Never earlier than the day after the last closed one, whatever zone or start of day was chosen since.
CREATE FUNCTION local_date(at timestamptz, time_zone text, day_starts_at time, closed_through date) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN greatest(((at AT TIME ZONE time_zone) - day_starts_at)::date, closed_through + 1);

-- The id of a template's child on a date. Derived, so that an item of a checklist bears the same id before its row
-- exists, while it exists, and after its template is gone. Version 0: no client-made id can collide with one.
CREATE FUNCTION child_id(template_id uuid, date date) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN overlay(md5(template_id::text || (date - DATE '2000-01-01')::text) PLACING '0' FROM 13)::uuid;

-- An instant as the API writes it: RFC 3339, UTC, milliseconds.
CREATE FUNCTION rfc3339(at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');

-- Members -----------------------------------------------------------------------------------------------------

CREATE TABLE member (
  id                    uuid PRIMARY KEY,
  nickname              text NOT NULL,
  time_zone             text NOT NULL,
  day_starts_at         time(0) NOT NULL DEFAULT '00:00',
  closed_through        date NOT NULL,
  next_close_at         timestamptz(3) NOT NULL,
  last_seen_on          date NOT NULL,
  list_version          int NOT NULL DEFAULT 0,
  notification_revision bigint NOT NULL DEFAULT 0,
  created_at            timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at            timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT member_nickname_length CHECK (char_length(nickname) BETWEEN 1 AND 50),
  -- An unknown zone makes the expression itself fail (22023).
  CONSTRAINT member_time_zone_known CHECK ((TIMESTAMP '2000-01-01' AT TIME ZONE time_zone) IS NOT NULL)
);
CREATE INDEX member_next_close_at_idx ON member (next_close_at);

CREATE TABLE identity (
  provider   text NOT NULL,
  subject    text NOT NULL,
  member_id  uuid NOT NULL REFERENCES member (id) ON DELETE CASCADE,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  PRIMARY KEY (provider, subject)
);
CREATE INDEX identity_member_id_idx ON identity (member_id);

CREATE TABLE refresh_token (
  token_hash bytea PRIMARY KEY,
  member_id  uuid NOT NULL REFERENCES member (id) ON DELETE CASCADE,
  family     uuid NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at timestamptz(3) NOT NULL,
  used_at    timestamptz(3),
  revoked_at timestamptz(3),

  CONSTRAINT refresh_token_hash_is_sha256 CHECK (octet_length(token_hash) = 32)
);
CREATE INDEX refresh_token_family_idx ON refresh_token (family);
CREATE INDEX refresh_token_member_id_idx ON refresh_token (member_id);
CREATE INDEX refresh_token_expires_at_idx ON refresh_token (expires_at);

-- Scenarios ---------------------------------------------------------------------------------------------------

CREATE TABLE scenario (
  id           uuid PRIMARY KEY,
  member_id    uuid NOT NULL REFERENCES member (id) ON DELETE CASCADE,
  name         text NOT NULL,
  memo         text,
  position     int NOT NULL,
  version      int NOT NULL DEFAULT 1,
  created_from bytea,
  created_at   timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at   timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT scenario_name_length CHECK (char_length(name) BETWEEN 1 AND 50),
  CONSTRAINT scenario_memo_length CHECK (char_length(memo) <= 200),
  -- Deferred, so that a renumbering of the whole list is one statement.
  CONSTRAINT scenario_position_key UNIQUE (member_id, position) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE notification (
  scenario_id  uuid PRIMARY KEY REFERENCES scenario (id) ON DELETE CASCADE,
  active       boolean NOT NULL DEFAULT false,
  method       notification_method,
  days_of_week day_of_week[] NOT NULL DEFAULT '{}',
  time         time(0),

  CONSTRAINT notification_active_is_complete
    CHECK (NOT active OR (method IS NOT NULL AND time IS NOT NULL AND cardinality(days_of_week) > 0))
);

-- Missions ----------------------------------------------------------------------------------------------------

CREATE TABLE mission (
  id                uuid PRIMARY KEY,
  scenario_id       uuid NOT NULL REFERENCES scenario (id) ON DELETE CASCADE,
  parent_mission_id uuid REFERENCES mission (id) ON DELETE SET NULL,
  mission_type      mission_type NOT NULL,
  use_date          date,
  content           text NOT NULL,
  is_checked        boolean NOT NULL DEFAULT false,
  position          int,
  version           int NOT NULL DEFAULT 1,
  created_at        timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at        timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

  CONSTRAINT mission_content_length CHECK (char_length(content) BETWEEN 1 AND 100),
  CONSTRAINT mission_is_template_child_or_one_off CHECK (
    CASE
      -- a template: repeats every day, is never checked itself
      WHEN mission_type = 'BASIC' AND use_date IS NULL
        THEN parent_mission_id IS NULL AND position IS NOT NULL AND NOT is_checked
      -- a child: a template's state on one date; its parent is null once the template of a closed day is gone
      WHEN mission_type = 'BASIC' THEN position IS NOT NULL
      -- a one-off
      ELSE use_date IS NOT NULL AND parent_mission_id IS NULL AND position IS NULL
    END),
  CONSTRAINT mission_child_key UNIQUE (parent_mission_id, use_date, mission_type),
  -- Two templates of a scenario never stand in one place. A unique constraint could not be partial and deferred at once.
  CONSTRAINT mission_template_position_key
    EXCLUDE USING btree (scenario_id WITH =, position WITH =) WHERE (use_date IS NULL) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX mission_scenario_id_use_date_idx ON mission (scenario_id, use_date);

-- Days and jobs -----------------------------------------------------------------------------------------------

CREATE TABLE day_close (
  member_id     uuid NOT NULL REFERENCES member (id) ON DELETE CASCADE,
  date          date NOT NULL,
  closed_at     timestamptz(3) NOT NULL,
  source        close_source NOT NULL,
  total_count   int NOT NULL,
  checked_count int NOT NULL,

  PRIMARY KEY (member_id, date),
  CONSTRAINT day_close_counts CHECK (checked_count BETWEEN 0 AND total_count)
);

CREATE TABLE job_run (
  id          uuid PRIMARY KEY,
  job         text NOT NULL,
  started_at  timestamptz(3) NOT NULL,
  finished_at timestamptz(3),
  outcome     job_outcome,
  stats       jsonb,
  error       text,

  CONSTRAINT job_run_finished_has_outcome CHECK ((finished_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX job_run_job_started_at_idx ON job_run (job, started_at);
CREATE INDEX job_run_started_at_idx ON job_run (started_at);

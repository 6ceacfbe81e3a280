-- What makes every change safe to send twice.

-- A client's change that was done, under the id that the client gave it: one that comes again is not done again. Written in the
-- transaction of its effect, so that either both are there or neither is.
CREATE TABLE operation (
  member_id   uuid NOT NULL REFERENCES member ON DELETE CASCADE,
  id          uuid NOT NULL,
  -- SHA-256 of the mutation's name and its input: tells a retry from another change under the same id.
  fingerprint bytea NOT NULL,
  done_at     timestamptz(3) NOT NULL,

  PRIMARY KEY (member_id, id),
  CONSTRAINT operation_fingerprint_is_sha256 CHECK (octet_length(fingerprint) = 32)
);
-- What the purge looks for. By the instant and not by member: most of a member's operations are not past their time.
CREATE INDEX operation_done_at_idx ON operation (done_at);

-- What was deleted without leaving a row of its own: a TODAY mission, a line that came and went on one date, a scenario that made
-- room for later ones. So deleting it once more succeeds, and its id is not given to something else.
CREATE TABLE tombstone (
  member_id   uuid NOT NULL REFERENCES member ON DELETE CASCADE,
  id          uuid NOT NULL,
  -- Which scenario it was of; a scenario's own id. No foreign key: the scenario may go first.
  scenario_id uuid NOT NULL,
  -- Of a TODAY mission: the date it belonged to.
  use_date    date,
  deleted_at  timestamptz(3) NOT NULL,

  PRIMARY KEY (member_id, id)
);
CREATE INDEX tombstone_deleted_at_idx ON tombstone (deleted_at);

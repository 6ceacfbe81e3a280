-- Sessions that can be listed and ended one by one, and deletions that can be taken back.

-- Sessions ----------------------------------------------------------------------------------------------------------------

-- A session is a family of refresh tokens. Its first token is purged while it goes on: each token says when it began.
ALTER TABLE refresh_token ADD COLUMN session_began_at timestamptz(3) DEFAULT CURRENT_TIMESTAMP;
UPDATE refresh_token SET session_began_at = began.at
FROM (SELECT member_id, family, min(created_at) AS at FROM refresh_token GROUP BY member_id, family) began
WHERE refresh_token.member_id = began.member_id AND refresh_token.family = began.family;
ALTER TABLE refresh_token ALTER COLUMN session_began_at SET NOT NULL;

-- A session has one token to go on with, or none. All that is asked of a member's sessions is asked of these tokens.
CREATE UNIQUE INDEX refresh_token_session_key ON refresh_token (member_id, family) WHERE used_at IS NULL AND revoked_at IS NULL;
-- Which sessions have ended lately: their access tokens are still valid.
CREATE INDEX refresh_token_revoked_idx ON refresh_token (revoked_at) WHERE used_at IS NULL AND revoked_at IS NOT NULL;
DROP INDEX refresh_token_family_idx;

-- Deleted scenarios -------------------------------------------------------------------------------------------------------

-- The local dates on which a mission is on no list because its scenario was deleted. A deletion adds all dates from its own on, a
-- restoration takes those from its own on away again: what is left is the gap. It stands beside removed_on, which is what an edit of the
-- template does, so that a restoration brings back what the deletion took and nothing else. In the mission's own row, as all
-- that decides about a check is.
ALTER TABLE mission
  ADD COLUMN absent_on datemultirange,
  ADD CONSTRAINT mission_check_is_not_absent CHECK (absent_on IS NULL OR (parent_mission_id IS NULL AND NOT isempty(absent_on)));

-- Until now a deletion marked the missions as removed, all in one statement, by the instant of which they are known.
UPDATE mission SET removed_on = NULL, absent_on = datemultirange(daterange(deleted_on, NULL))
FROM scenario
WHERE scenario.member_id = mission.member_id AND scenario.id = mission.scenario_id
  AND mission.removed_on = scenario.deleted_on AND mission.updated_at = scenario.deleted_at;

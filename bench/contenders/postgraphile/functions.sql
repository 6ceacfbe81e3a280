-- What PostGraphile cannot make out of the tables by itself: the check. Set up after the migrations.

-- Sets a line on a date. The share lock on the member makes it fall wholly before or wholly after a closing of the day, as
-- Doorstep's own statement does. Null where the member has no such line, or the day is closed.
-- In PL/pgSQL, which keeps its plan: the same in SQL took more than twice as long.
CREATE FUNCTION check_mission(member_id uuid, mission_id uuid, is_checked boolean, date date) RETURNS mission
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  child mission;
BEGIN
  WITH target AS MATERIALIZED (
    SELECT mission.id
    FROM mission
    JOIN member ON member.id = mission.member_id
    WHERE mission.member_id = check_mission.member_id AND mission.id = check_mission.mission_id
      AND mission.use_date IS NULL AND mission.removed_on IS NULL AND member.closed_through < check_mission.date
    FOR SHARE OF member FOR NO KEY UPDATE OF mission
  )
  INSERT INTO mission (member_id, id, parent_mission_id, mission_type, use_date, is_checked)
  SELECT check_mission.member_id, gen_random_uuid(), id, 'BASIC', check_mission.date, check_mission.is_checked FROM target
  ON CONFLICT (member_id, use_date, parent_mission_id, mission_type)
    DO UPDATE SET is_checked = excluded.is_checked, updated_at = CURRENT_TIMESTAMP
  RETURNING * INTO child;
  RETURN child;
END $$;

-- The member comes from the access token, not from the client: graphile.config.mjs adds the mutation.
COMMENT ON FUNCTION check_mission IS '@behavior -mutationField';

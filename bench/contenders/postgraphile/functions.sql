-- What PostGraphile cannot make out of the tables by itself: the tick. Set up after the migrations.

-- Sets the child of a template on a date. The share lock on the member makes it fall wholly before or wholly after a
-- closing of the day, as Doorstep's own statement does. Null where the member has no such template, or the day is closed.
-- In PL/pgSQL, which keeps its plan: the same in SQL took more than twice as long.
CREATE FUNCTION check_mission(member_id uuid, mission_id uuid, is_checked boolean, date date) RETURNS mission
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  child mission;
BEGIN
  WITH target AS MATERIALIZED (
    SELECT mission.id, mission.scenario_id, mission.content, mission.position
    FROM mission
    JOIN scenario ON scenario.id = mission.scenario_id
    JOIN member ON member.id = scenario.member_id
    WHERE mission.id = check_mission.mission_id AND mission.use_date IS NULL
      AND member.id = check_mission.member_id AND member.closed_through < check_mission.date
    FOR SHARE OF member FOR KEY SHARE OF mission
  )
  INSERT INTO mission (id, scenario_id, parent_mission_id, mission_type, use_date, content, is_checked, position)
  SELECT uuidv7(), scenario_id, id, 'BASIC', check_mission.date, content, check_mission.is_checked, position FROM target
  ON CONFLICT (parent_mission_id, use_date, mission_type)
    DO UPDATE SET is_checked = excluded.is_checked, updated_at = CURRENT_TIMESTAMP
  RETURNING * INTO child;
  RETURN child;
END $$;

-- The member comes from the access token, not from the client: graphile.config.mjs adds the mutation.
COMMENT ON FUNCTION check_mission IS '@behavior -mutationField';

// The statements of the hand-written server. Each gives its answer as JSON text that is ready to be sent.

const today = `greatest(((statement_timestamp() AT TIME ZONE member.time_zone) - member.day_starts_at)::date, member.closed_through + 1)`

const flag = (expression) => `CASE WHEN ${expression} THEN 'true' ELSE 'false' END`

/** Text that is glued together takes PostgreSQL half the time of json_build_object. */
const list = `
  WITH owner AS MATERIALIZED (SELECT id, ${today} AS today FROM member WHERE id = $1::uuid)
  SELECT '{"scenarios":[' || coalesce((
    SELECT string_agg(
      '{"id":"' || scenario.id || '","name":' || to_json(scenario.name) || ',"memo":' || coalesce(to_json(scenario.memo)::text, 'null')
      || ',"version":' || scenario.version
      || ',"notification":{"active":' || ${flag('notification.active')} || ',"method":' || coalesce('"' || notification.method || '"', 'null')
      || ',"daysOfWeek":' || to_json(notification.days_of_week) || ',"time":' || coalesce('"' || to_char(notification.time, 'HH24:MI') || '"', 'null')
      || '},"basicMissions":[' || coalesce((
        SELECT string_agg('{"id":"' || template.id || '","content":' || to_json(template.content) || ',"version":' || template.version || '}', ','
          ORDER BY template.position)
        FROM mission template WHERE template.scenario_id = scenario.id AND template.use_date IS NULL
      ), '') || '],"checklist":' || (
        SELECT '{"date":"' || owner.today || '","checkedCount":' || count(*) FILTER (WHERE item.is_checked) || ',"totalCount":' || count(*)
          || ',"items":[' || coalesce(string_agg(
            '{"id":"' || item.id || '","missionId":"' || item.mission_id || '","type":"' || item.type || '","content":' || to_json(item.content)
            || ',"isChecked":' || ${flag('item.is_checked')} || '}', ','
            ORDER BY item.type, item.position, item.created_at DESC, item.id DESC), '') || ']}'
        FROM (
          SELECT child_id(template.id, owner.today) AS id, template.id AS mission_id, template.mission_type AS type, template.content,
            template.id = ANY (ARRAY(
              SELECT child.parent_mission_id FROM mission child
              WHERE child.scenario_id = scenario.id AND child.use_date = owner.today AND child.mission_type = 'BASIC' AND child.is_checked
            )) AS is_checked, template.position, template.created_at
          FROM mission template
          WHERE template.scenario_id = scenario.id AND template.use_date IS NULL
          UNION ALL
          SELECT one_off.id, one_off.id, one_off.mission_type, one_off.content, one_off.is_checked, one_off.position, one_off.created_at
          FROM mission one_off
          WHERE one_off.scenario_id = scenario.id AND one_off.use_date = owner.today AND one_off.mission_type = 'TODAY'
        ) item
      ) || '}', ',' ORDER BY scenario.position)
    FROM scenario JOIN notification ON notification.scenario_id = scenario.id
    WHERE scenario.member_id = owner.id
  ), '') || ']}'
  FROM owner`

/** Locks what Doorstep's tick locks, and looks at what it looks at. */
const tick = `
  WITH target AS MATERIALIZED (
    SELECT mission.id, mission.scenario_id, mission.content, mission.position, ${today} AS date
    FROM mission JOIN scenario ON scenario.id = mission.scenario_id JOIN member ON member.id = scenario.member_id
    WHERE mission.id = $2::uuid AND member.id = $1::uuid AND mission.use_date IS NULL
    FOR SHARE OF member FOR KEY SHARE OF mission
  ), child AS (
    INSERT INTO mission (id, scenario_id, parent_mission_id, mission_type, use_date, content, is_checked, position)
    SELECT uuidv7(), scenario_id, id, 'BASIC', date, content, $3::boolean, position FROM target
    ON CONFLICT (parent_mission_id, use_date, mission_type) DO UPDATE SET is_checked = excluded.is_checked, updated_at = statement_timestamp()
  )
  SELECT '{"checkMission":{"item":{"id":"' || child_id(target.id, target.date) || '","isChecked":' || ${flag('$3::boolean')}
    || '},"checklist":{"checkedCount":' || (
      SELECT count(*) FROM mission one
      WHERE one.scenario_id = target.scenario_id AND one.use_date = target.date AND one.is_checked AND one.parent_mission_id IS DISTINCT FROM target.id
    ) + $3::boolean::int || ',"totalCount":' || (
      SELECT count(*) FROM mission one
      WHERE one.scenario_id = target.scenario_id AND (one.use_date IS NULL OR one.use_date = target.date AND one.mission_type = 'TODAY')
    ) || '}}}'
  FROM target`

const poll = `
  SELECT '{"notifications":' || CASE
    WHEN '1-' || member.notification_revision || '-' || member.id = $2::text THEN '{"etag":"' || $2::text || '","notModified":true,"items":null}'
    ELSE '{"etag":"1-' || member.notification_revision || '-' || member.id || '","notModified":false,"items":[' || (
      SELECT string_agg('{"scenarioId":"' || scenario.id || '","name":' || to_json(scenario.name) || ',"memo":' || coalesce(to_json(scenario.memo)::text, 'null')
        || ',"method":"' || notification.method || '","daysOfWeek":' || to_json(notification.days_of_week)
        || ',"time":"' || to_char(notification.time, 'HH24:MI') || '"}', ',' ORDER BY scenario.id)
      FROM scenario JOIN notification ON notification.scenario_id = scenario.id
      WHERE scenario.member_id = member.id AND notification.active
    ) || ']}'
  END || '}' FROM member WHERE id = $1::uuid`

export const statements = {
  List: { name: 'list', text: list, values: (memberId) => [memberId] },
  Tick: { name: 'tick', text: tick, values: (memberId, { input }) => [memberId, input.missionId, input.isChecked] },
  Poll: { name: 'poll', text: poll, values: (memberId, { etag }) => [memberId, etag] },
}

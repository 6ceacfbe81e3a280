// The statements of the hand-written server, and how it writes its responses: PostgreSQL finds rows, with arrays of what belongs to them, and
// the process puts the text together. The other way round, with JSON glued by PostgreSQL, takes PostgreSQL twice the time.
import { etagOf } from '../../dist/notification/feed.js'

const today = 'local_date(statement_timestamp(), member.time_zone, member.day_starts_at, member.closed_through)'

const list = `
  SELECT owner.today::text, scenario.id, scenario.name, scenario.memo, scenario.version,
    notification.active, notification.method, to_json(notification.days_of_week)::text, to_char(notification.time, 'HH24:MI'),
    revision.lines,
    CASE WHEN row_number() OVER (ORDER BY scenario.position) = 1 THEN (
      SELECT json_agg(parent_mission_id) FROM mission WHERE member_id = $1::uuid AND use_date = owner.today AND parent_mission_id IS NOT NULL AND is_checked
    ) END,
    CASE WHEN row_number() OVER (ORDER BY scenario.position) = 1 THEN (
      SELECT json_agg(json_build_object('id', id, 'scenarioId', scenario_id, 'content', content, 'isChecked', is_checked) ORDER BY created_at DESC, id DESC)
      FROM mission WHERE member_id = $1::uuid AND use_date = owner.today AND parent_mission_id IS NULL
    ) END
  FROM (SELECT id, ${today} AS today FROM member WHERE id = $1::uuid OFFSET 0) owner
  JOIN scenario ON scenario.member_id = owner.id AND scenario.deleted_at IS NULL
  JOIN notification ON notification.member_id = owner.id AND notification.scenario_id = scenario.id
  JOIN template_revision revision ON revision.member_id = owner.id AND revision.scenario_id = scenario.id AND revision.through = 'infinity'
  ORDER BY scenario.position`

const text = JSON.stringify
const orNull = (value) => (value === null ? 'null' : `"${value}"`)

function listText(rows) {
  const [first] = rows
  const [date] = first
  const [checkedIds, todayMissions] = [new Set(first[10]), first[11] ?? []]
  const scenarios = rows.map(([, id, name, memo, version, active, method, days, time, lines]) => {
    let [missions, items, checkedCount] = ['', '', 0]
    for (let n = 0; n < lines.length; n++) {
      const { id, version } = lines[n]
      const [content, isChecked] = [text(lines[n].content), checkedIds.has(id)]
      if (isChecked) checkedCount++
      missions += `${n ? ',' : ''}{"id":"${id}","content":${content},"version":${version}}`
      items += `${n ? ',' : ''}{"id":"${id}:${date}","missionId":"${id}","type":"BASIC","content":${content},"isChecked":${isChecked}}`
    }
    let totalCount = lines.length
    for (const { id: missionId, scenarioId, content, isChecked } of todayMissions) {
      if (scenarioId !== id) continue
      if (isChecked) checkedCount++
      items += `${totalCount++ ? ',' : ''}{"id":"${missionId}","missionId":"${missionId}","type":"TODAY","content":${text(content)},"isChecked":${isChecked}}`
    }
    return `{"id":"${id}","name":${text(name)},"memo":${memo === null ? 'null' : text(memo)},"version":${version},"notification":{"active":${active},"method":${orNull(method)},"daysOfWeek":${days},"time":${orNull(time)}},"basicMissions":[${missions}],"checklist":{"date":"${date}","checkedCount":${checkedCount},"totalCount":${totalCount},"items":[${items}]}}`
  })
  return `{"scenarios":[${scenarios.join()}]}`
}

/** Locks what Doorstep's check locks, and looks at what it looks at. */
const check = `
  WITH target AS MATERIALIZED (
    SELECT mission.member_id, mission.id, mission.scenario_id, ${today} AS date
    FROM mission JOIN member ON member.id = mission.member_id
    WHERE mission.member_id = $1::uuid AND mission.id = $2::uuid AND mission.use_date IS NULL AND mission.removed_on IS NULL
    FOR SHARE OF member FOR NO KEY UPDATE OF mission
  ), child AS (
    INSERT INTO mission (member_id, id, parent_mission_id, mission_type, use_date, is_checked)
    SELECT member_id, gen_random_uuid(), id, 'BASIC', date, $3::boolean FROM target
    ON CONFLICT (member_id, use_date, parent_mission_id, mission_type)
      DO UPDATE SET is_checked = excluded.is_checked, updated_at = statement_timestamp()
  )
  SELECT target.date::text,
    (SELECT count(*) FROM mission line
     JOIN mission other ON other.member_id = $1::uuid AND other.use_date = target.date AND other.parent_mission_id = line.id AND other.is_checked
     WHERE line.member_id = $1::uuid AND line.scenario_id = target.scenario_id AND line.use_date IS NULL AND line.removed_on IS NULL
       AND line.id <> target.id)
    + (SELECT count(*) FROM mission WHERE member_id = $1::uuid AND scenario_id = target.scenario_id AND use_date = target.date AND is_checked),
    (SELECT count(*) FROM mission
     WHERE member_id = $1::uuid AND scenario_id = target.scenario_id AND (use_date IS NULL OR use_date = target.date) AND removed_on IS NULL)
  FROM target`

const checkText = ([[date, others, total]], [, missionId, isChecked]) =>
  `{"checkMission":{"item":{"id":"${missionId}:${date}","isChecked":${isChecked}},"checklist":{"checkedCount":${Number(others) + Number(isChecked)},"totalCount":${total}}}}`

const poll = `
  SELECT member.notification_revision, CASE WHEN member.notification_revision <> $2::bigint THEN (
    SELECT json_agg(json_build_object('scenarioId', scenario.id, 'name', scenario.name, 'memo', scenario.memo, 'method', notification.method,
                      'daysOfWeek', notification.days_of_week, 'time', to_char(notification.time, 'HH24:MI')) ORDER BY scenario.id)
    FROM scenario JOIN notification ON notification.member_id = scenario.member_id AND notification.scenario_id = scenario.id
    WHERE scenario.member_id = member.id AND scenario.deleted_at IS NULL AND notification.active
  ) END::text
  FROM member WHERE id = $1::uuid`

const revisionOf = (etag) => etag.split('-')[1]

const pollText = ([[revision, items]], [memberId, known]) =>
  `{"notifications":{"etag":"${etagOf(memberId, revision)}","notModified":${revision === known},"items":${revision === known ? 'null' : (items ?? '[]')}}}`

export const statements = {
  List: { name: 'list', text: list, values: (memberId) => [memberId], respond: listText },
  Check: { name: 'check', text: check, values: (memberId, { input }) => [memberId, input.missionId, input.isChecked], respond: checkText },
  Poll: { name: 'poll', text: poll, values: (memberId, { etag }) => [memberId, revisionOf(etag)], respond: pollText },
}

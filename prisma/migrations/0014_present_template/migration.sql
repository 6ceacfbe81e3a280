-- The present template of each scenario as a document, too: its revision that has no end (docs/adr/0016). A list reads one row for a
-- scenario instead of one for each line; what a check or a receipt decides by stays in the lines' own rows.
--
-- Versions before this one change lines without it: end their processes first (docs/operating.md).
INSERT INTO template_revision (member_id, scenario_id, through, lines)
SELECT member_id, id, 'infinity', (
  SELECT coalesce(
    jsonb_agg(jsonb_strip_nulls(jsonb_build_object('id', line.id, 'content', content, 'version', line.version, 'weekdays', weekdays)) ORDER BY line.position), '[]')
  FROM mission line
  WHERE line.member_id = scenario.member_id AND line.scenario_id = scenario.id AND use_date IS NULL AND removed_on IS NULL)
FROM scenario;

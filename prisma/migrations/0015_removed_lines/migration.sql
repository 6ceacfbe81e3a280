-- A line that had left its template before its scenario was deleted is absent from the deletion on, as the others are: by it too a check is
-- rejected, which could have been written for a day before (docs/adr/0020).
UPDATE mission SET absent_on = coalesce(absent_on, '{}') + datemultirange(daterange(deleted_on, NULL))
FROM scenario
WHERE scenario.member_id = mission.member_id AND scenario.id = mission.scenario_id AND deleted_on IS NOT NULL AND removed_on IS NOT NULL;

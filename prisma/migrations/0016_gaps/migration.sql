-- The local dates on which a scenario was deleted and which it was brought back after (docs/adr/0020): on them it can be given no mission.
-- Gaps of before are known by the rows of the missions alone.
ALTER TABLE scenario ADD COLUMN gaps datemultirange;

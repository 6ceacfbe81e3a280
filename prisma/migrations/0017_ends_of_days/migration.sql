-- When a closed date ended, by the zone and the start of the day of then, which closed_at does not tell: it depends on when the job came
-- (docs/adr/0012). It is written when the settings change; before settings_since a date ended by other settings.
ALTER TABLE member ADD COLUMN settings_since timestamptz(3);
ALTER TABLE day_close ADD COLUMN ended_at timestamptz(3);

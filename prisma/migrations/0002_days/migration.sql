-- What the purge of past days looks for.
CREATE INDEX mission_use_date_idx ON mission (use_date) WHERE use_date IS NOT NULL;
CREATE INDEX day_close_date_idx ON day_close (date);

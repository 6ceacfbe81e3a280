-- What the purge of past days looks for. By an expression, so that no other statement can be planned with it: one that
-- wants a scenario's rows of a date would otherwise read everybody's rows of that date wherever the statistics are old.
CREATE INDEX mission_past_idx ON mission ((use_date - DATE '2000-01-01')) WHERE use_date IS NOT NULL;
CREATE INDEX day_close_date_idx ON day_close (date);

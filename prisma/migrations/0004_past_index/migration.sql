-- With `WHERE use_date IS NOT NULL` the index could still serve any statement that wants a date, by a walk through all of it: which
-- PostgreSQL chose wherever it believed that few rows have one. Only a condition on the expression implies this one.
DROP INDEX mission_past_idx;
CREATE INDEX mission_past_idx ON mission ((use_date - DATE '2000-01-01')) WHERE (use_date - DATE '2000-01-01') IS NOT NULL;

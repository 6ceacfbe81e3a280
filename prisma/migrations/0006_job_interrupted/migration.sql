-- A run that lost its mutex, or was told to stop, before it came to its end.
ALTER TYPE job_outcome ADD VALUE 'interrupted' AFTER 'done';

-- What a sync token says holds over a restoration and over a crash (docs/adr/0021).

-- Restorations of this database, each of which begins another history. Where a disk was set back, its cluster and timeline are those of before.
CREATE TABLE restoration (
  restored_at timestamptz(3) PRIMARY KEY,
  history     text NOT NULL
);

-- The snapshot of the statement that calls it, up to the last transaction in it that was committed. A crash can give out again the numbers of
-- those after that one: nobody wrote to the disk that they were rolled back.
CREATE FUNCTION lasting_snapshot() RETURNS pg_snapshot LANGUAGE plpgsql STABLE AS $$
DECLARE
  current pg_snapshot := pg_current_snapshot();
  next bigint := pg_snapshot_xmax(current)::text::bigint;
BEGIN
  WHILE pg_xact_status((next - 1)::text::xid8) IN ('aborted', 'in progress') LOOP
    next := next - 1;
  END LOOP;
  RETURN concat(least(pg_snapshot_xmin(current)::text::bigint, next), ':', next, ':', (
    SELECT string_agg(id::text, ',' ORDER BY id) FROM pg_snapshot_xip(current) AS id WHERE id < next::text::xid8));
END $$;

-- Delta sync: what has changed of a member's since a client's token (docs/adr/0021).
--
-- Every row that a client keeps knows the transaction that wrote it last. A token is a snapshot: a row has changed since then where its
-- writer is not visible in it. So a transaction that began before a token was taken and commits after it is never missed, and a check
-- touches no row that others share. No index: the rows of a member that can have changed are few, and stand side by side.

CREATE FUNCTION note_writer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.written_by := pg_current_xact_id();
  RETURN NEW;
END $$;

ALTER TABLE member ADD COLUMN written_by xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE scenario ADD COLUMN written_by xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE notification ADD COLUMN written_by xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE mission ADD COLUMN written_by xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE tombstone ADD COLUMN written_by xid8 NOT NULL DEFAULT pg_current_xact_id();

CREATE TRIGGER member_note_writer BEFORE UPDATE ON member FOR EACH ROW EXECUTE FUNCTION note_writer();
CREATE TRIGGER scenario_note_writer BEFORE UPDATE ON scenario FOR EACH ROW EXECUTE FUNCTION note_writer();
CREATE TRIGGER notification_note_writer BEFORE UPDATE ON notification FOR EACH ROW EXECUTE FUNCTION note_writer();
CREATE TRIGGER mission_note_writer BEFORE UPDATE ON mission FOR EACH ROW EXECUTE FUNCTION note_writer();

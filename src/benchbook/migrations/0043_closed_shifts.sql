-- An organisation closes its shifts up to a day: they stay where they are, and are changed by nobody
-- until they are opened again. Held as the months of the archive are (0037), by the same lock.

CREATE TABLE shift_closings (
  organisation_id uuid           NOT NULL,
  -- The last day that is closed, in the zone, and the instant at which it ends; NULL: none is.
  closed_until    date,
  time_zone       text           NOT NULL,
  closed_before   timestamptz(0),
  updated_at      timestamptz    NOT NULL DEFAULT now(),
  revision        integer        NOT NULL DEFAULT 1,
  CONSTRAINT shift_closings_pkey PRIMARY KEY (organisation_id),
  CONSTRAINT shift_closing_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT shift_closing_has_a_day_and_its_end
    CHECK ((closed_until IS NULL) = (closed_before IS NULL)),
  CONSTRAINT shift_closing_time_zone_has_1_to_64_characters
    CHECK (char_length(time_zone) BETWEEN 1 AND 64)
);
ALTER TABLE shift_closings ENABLE ROW LEVEL SECURITY;
ALTER TABLE shift_closings FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON shift_closings TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON shift_closings TO benchbook_owner USING (true);
GRANT SELECT, INSERT, UPDATE ON shift_closings TO benchbook_app;
GRANT SELECT ON shift_closings TO benchbook_readonly;

-- The days are of everybody's roster.
CREATE FUNCTION announce_closing() RETURNS trigger
  LANGUAGE plpgsql
AS $$
BEGIN
  RAISE NOTICE USING ERRCODE = 'BB001',
    MESSAGE = concat_ws(' ', 'shifts', NEW.organisation_id, '- -');
  RETURN NULL;
END
$$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE ON shift_closings
  FOR EACH ROW EXECUTE FUNCTION announce_closing();

-- Whoever closes waits for all who write shifts, and they for them.
CREATE FUNCTION hold_shifts_still() RETURNS trigger
  LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(shift_archive_lock(current_organisation_id()));
  RETURN NULL;
END
$$;
CREATE TRIGGER hold_still BEFORE INSERT OR UPDATE ON shift_closings
  FOR EACH STATEMENT EXECUTE FUNCTION hold_shifts_still();

CREATE FUNCTION refuse_closed_shift(constraint_name text, border timestamptz) RETURNS void
  LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION 'a shift starts in a closed month or period'
    USING ERRCODE = 'check_violation', CONSTRAINT = constraint_name,
          DETAIL = to_char(border AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"');
END
$$;

CREATE OR REPLACE FUNCTION refuse_shifts_of_closed_months() RETURNS trigger
  LANGUAGE plpgsql
AS $$
DECLARE
  archived timestamptz := (SELECT closed_before FROM shift_archives
                           WHERE organisation_id = current_organisation_id());
  closed   timestamptz := (SELECT closed_before FROM shift_closings
                           WHERE organisation_id = current_organisation_id());
  earliest timestamptz;
BEGIN
  IF archived IS NULL AND closed IS NULL THEN
    RETURN NULL;
  END IF;
  earliest := (SELECT min(starts_at) FROM touched);
  IF TG_OP = 'UPDATE' THEN
    earliest := least(earliest, (SELECT min(starts_at) FROM former));
  END IF;
  IF earliest < archived THEN
    PERFORM refuse_closed_shift('shift_starts_after_closed_months', archived);
  ELSIF earliest < closed THEN
    PERFORM refuse_closed_shift('shift_starts_after_closed_days', closed);
  END IF;
  RETURN NULL;
END
$$;

-- Nor is an open shift put there.
CREATE FUNCTION refuse_closed_open_shift() RETURNS trigger
  LANGUAGE plpgsql
AS $$
DECLARE
  closed timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(shift_archive_lock(NEW.organisation_id));
  closed := (SELECT closed_before FROM shift_closings WHERE organisation_id = NEW.organisation_id);
  IF NEW.starts_at < closed OR (TG_OP = 'UPDATE' AND OLD.starts_at < closed) THEN
    PERFORM refuse_closed_shift('shift_starts_after_closed_days', closed);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER refuse_closed AFTER INSERT OR UPDATE OF starts_at, ends_at ON open_shifts
  FOR EACH ROW EXECUTE FUNCTION refuse_closed_open_shift();

REVOKE ALL ON FUNCTION announce_closing(), hold_shifts_still(), refuse_closed_shift(text, timestamptz),
  refuse_closed_open_shift() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION refuse_closed_shift(text, timestamptz) TO benchbook_app;

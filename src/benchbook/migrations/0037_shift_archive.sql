-- Shifts of closed months, kept by month. The constraint that nobody is in two places at once holds
-- over one table of live shifts; what ended before an organisation's border can change no more, so
-- nothing can come to overlap it, and it may lie in partitions that are dropped as a whole.

-- The border: shifts that ended by then are archived, and none that starts before it is written.
CREATE TABLE shift_archives (
  organisation_id uuid        NOT NULL,
  closed_before   timestamptz NOT NULL,
  CONSTRAINT shift_archives_pkey PRIMARY KEY (organisation_id),
  CONSTRAINT shift_archive_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id) ON DELETE CASCADE,
  CONSTRAINT shift_archive_ends_with_a_month
    CHECK (date_trunc('month', closed_before AT TIME ZONE 'UTC') = closed_before AT TIME ZONE 'UTC')
);

CREATE TABLE archived_shifts (
  LIKE shifts INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
  CONSTRAINT archived_shifts_pkey PRIMARY KEY (organisation_id, id, starts_at),
  CONSTRAINT shift_employee_exists
    FOREIGN KEY (organisation_id, employee_id) REFERENCES employees (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT shift_location_exists
    FOREIGN KEY (organisation_id, location_id) REFERENCES locations (organisation_id, id)
) PARTITION BY RANGE (starts_at);
CREATE INDEX archived_shifts_by_employee
  ON archived_shifts (organisation_id, employee_id, starts_at, id);
CREATE INDEX archived_shifts_by_start ON archived_shifts (organisation_id, starts_at, id);
CREATE INDEX archived_shifts_by_location ON archived_shifts (organisation_id, location_id)
  WHERE location_id IS NOT NULL;

ALTER TABLE shift_archives ENABLE ROW LEVEL SECURITY;
ALTER TABLE shift_archives FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON shift_archives TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON shift_archives TO benchbook_owner USING (true);

-- As of live shifts.
ALTER TABLE archived_shifts ENABLE ROW LEVEL SECURITY;
ALTER TABLE archived_shifts FORCE ROW LEVEL SECURITY;
CREATE POLICY published_shifts ON archived_shifts TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND ((SELECT sees_everyone()) OR published));
CREATE POLICY shifts_of_removed_employees_are_hidden ON archived_shifts AS RESTRICTIVE
  TO benchbook_app, benchbook_readonly
  USING (employee_id <> ALL ((SELECT removed_employees())::uuid[]));
CREATE POLICY owner_maintains ON archived_shifts TO benchbook_owner USING (true);
GRANT SELECT ON shift_archives, archived_shifts TO benchbook_app, benchbook_readonly;

-- What reads of any time ask. Under the policies of whoever asks.
CREATE VIEW all_shifts WITH (security_invoker = true) AS
  SELECT organisation_id, id, employee_id, starts_at, ends_at, break_minutes, position, location_id,
         note, published, created_at, updated_at, revision
  FROM shifts
  UNION ALL
  SELECT organisation_id, id, employee_id, starts_at, ends_at, break_minutes, position, location_id,
         note, published, created_at, updated_at, revision
  FROM archived_shifts;
GRANT SELECT ON all_shifts TO benchbook_app, benchbook_readonly;

-- Whoever writes shifts holds this shared, whoever moves the border has it alone. A row to lock
-- would be written to by every writer, and there is none before an organisation's first border.
CREATE FUNCTION shift_archive_lock(organisation uuid) RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN hashtextextended('shift archive ' || organisation::text, 0);

CREATE FUNCTION hold_shift_archive() RETURNS trigger
  LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(shift_archive_lock(current_organisation_id()));
  RETURN NULL;
END
$$;

CREATE FUNCTION refuse_shifts_of_closed_months() RETURNS trigger
  LANGUAGE plpgsql
AS $$
DECLARE
  border timestamptz := (SELECT closed_before FROM shift_archives
                         WHERE organisation_id = current_organisation_id());
  is_met boolean;
BEGIN
  IF border IS NULL THEN
    RETURN NULL;
  END IF;
  is_met := EXISTS (SELECT FROM touched WHERE starts_at < border);
  IF TG_OP = 'UPDATE' AND NOT is_met THEN
    is_met := EXISTS (SELECT FROM former WHERE starts_at < border);
  END IF;
  IF is_met THEN
    RAISE EXCEPTION 'a shift starts in a closed month'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'shift_starts_after_closed_months',
            DETAIL = to_char(border AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"');
  END IF;
  RETURN NULL;
END
$$;

-- All are held to the border but who moves it. (Where removed employees are forgotten there is no
-- organisation in the context, and no border.) The lock is taken before the first row is written: an
-- overlap is looked for among rows that stay.
CREATE TRIGGER hold_archive BEFORE INSERT OR UPDATE OR DELETE ON shifts
  FOR EACH STATEMENT WHEN (current_setting('benchbook.archiving', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION hold_shift_archive();
CREATE TRIGGER refuse_insert_of_closed_months AFTER INSERT ON shifts
  REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT WHEN (current_setting('benchbook.archiving', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION refuse_shifts_of_closed_months();
CREATE TRIGGER refuse_update_of_closed_months AFTER UPDATE ON shifts
  REFERENCING OLD TABLE AS former NEW TABLE AS touched
  FOR EACH STATEMENT WHEN (current_setting('benchbook.archiving', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION refuse_shifts_of_closed_months();
CREATE TRIGGER refuse_delete_of_closed_months AFTER DELETE ON shifts
  REFERENCING OLD TABLE AS touched
  FOR EACH STATEMENT WHEN (current_setting('benchbook.archiving', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION refuse_shifts_of_closed_months();

-- Moving to the archive and back is no change: nobody is told, and nothing is checked anew.
DROP TRIGGER follow_insert ON shifts;
CREATE TRIGGER follow_insert AFTER INSERT ON shifts REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT WHEN (current_setting('benchbook.archiving', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION follow_added_shifts();
DROP TRIGGER follow_delete ON shifts;
CREATE TRIGGER follow_delete AFTER DELETE ON shifts REFERENCING OLD TABLE AS former
  FOR EACH STATEMENT WHEN (current_setting('benchbook.archiving', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION follow_deleted_shifts();
DROP TRIGGER keep_deleted ON shifts;
CREATE TRIGGER keep_deleted AFTER DELETE ON shifts REFERENCING OLD TABLE AS former
  FOR EACH STATEMENT WHEN (current_setting('benchbook.archiving', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION keep_deleted_shifts();
DROP TRIGGER announce_insert ON shifts;
CREATE TRIGGER announce_insert AFTER INSERT ON shifts REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT WHEN (current_setting('benchbook.archiving', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION announce_shared('shifts');
DROP TRIGGER announce_delete ON shifts;
CREATE TRIGGER announce_delete AFTER DELETE ON shifts REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT WHEN (current_setting('benchbook.archiving', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION announce_shared('shifts');
DROP TRIGGER refuse_insert_during_leave ON shifts;
CREATE TRIGGER refuse_insert_during_leave AFTER INSERT ON shifts REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT WHEN (current_setting('benchbook.archiving', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION refuse_shifts_during_leave();

-- Leave that is approved meets archived shifts, too.
CREATE OR REPLACE FUNCTION refuse_leave_during_shifts() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM leave_settings
                 WHERE organisation_id = NEW.organisation_id AND blocks_shifts) THEN
    RETURN NULL;
  END IF;
  PERFORM FROM employees
  WHERE organisation_id = NEW.organisation_id AND id = NEW.employee_id
  FOR NO KEY UPDATE;
  IF EXISTS (SELECT FROM all_shifts
             WHERE organisation_id = NEW.organisation_id AND employee_id = NEW.employee_id
               AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at
               AND starts_at > NEW.starts_at - interval '48 hours') THEN
    RAISE EXCEPTION 'approved leave meets a shift'
      USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'no_approved_leave_during_a_shift';
  END IF;
  RETURN NULL;
END
$$;

-- So does the count of what would come back with a removed employee.
CREATE OR REPLACE FUNCTION list_removed_employees()
  RETURNS TABLE (id uuid, first_name text, last_name text, removed_at timestamptz, shifts bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT employees.id, employees.first_name, employees.last_name, employees.removed_at,
         (SELECT count(*) FROM all_shifts
          WHERE all_shifts.organisation_id = employees.organisation_id
            AND all_shifts.employee_id = employees.id)
  FROM employees
  WHERE employees.organisation_id = current_organisation_id()
    AND employees.removed_at > now() - interval '30 days'
    AND sees_everyone()
$$;

CREATE FUNCTION make_archived_shifts_partition(instant timestamptz) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
  month_start timestamptz := date_trunc('month', instant);
  partition   text := 'archived_shifts_' || to_char(month_start, 'YYYY_MM');
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('make_archived_shifts_partition'));
  IF EXISTS (SELECT FROM pg_catalog.pg_class
             WHERE relname = partition AND relnamespace = 'public'::regnamespace) THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE archived_shifts INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                 partition);
  EXECUTE format('ALTER TABLE archived_shifts ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                 partition, month_start, month_start + interval '1 month');
END
$$;

-- Brings the border of one organisation a month closer to where it is wanted (null: all is live),
-- and moves what lies between; false once all are there. A step at a time, so that no writer waits
-- for long.
CREATE FUNCTION step_shift_archive(wanted timestamptz) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC'
  SET lock_timeout = '3s'
AS $$
DECLARE
  border       timestamptz := coalesce(date_trunc('month', wanted), '-infinity');
  organisation uuid;
  present      timestamptz;
  next_border  timestamptz;
  first_start  timestamptz;
BEGIN
  IF border > date_trunc('month', now()) THEN
    RAISE EXCEPTION 'only months that are over are archived'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT organisations.id
  INTO organisation
  FROM organisations
  LEFT JOIN shift_archives ON shift_archives.organisation_id = organisations.id
  WHERE coalesce(shift_archives.closed_before, '-infinity') <> border
  ORDER BY organisations.id
  LIMIT 1;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM pg_advisory_xact_lock(shift_archive_lock(organisation));
  PERFORM set_config('benchbook.archiving', 'on', true);
  present := coalesce((SELECT closed_before FROM shift_archives
                       WHERE organisation_id = organisation), '-infinity');
  IF present < border THEN
    SELECT min(starts_at) INTO first_start FROM shifts WHERE organisation_id = organisation;
    next_border := CASE
      WHEN first_start IS NULL OR first_start >= border THEN border
      ELSE least(border, greatest(present, date_trunc('month', first_start)) + interval '1 month')
    END;
    PERFORM make_archived_shifts_partition(months.start)
    FROM (SELECT DISTINCT date_trunc('month', starts_at) AS start
          FROM shifts
          WHERE organisation_id = organisation AND starts_at < next_border
            AND ends_at <= next_border) AS months;
    WITH moved AS (
      DELETE FROM shifts
      WHERE organisation_id = organisation AND starts_at < next_border AND ends_at <= next_border
      RETURNING organisation_id, id, employee_id, starts_at, ends_at, break_minutes, position,
                location_id, note, published, created_at, updated_at, revision
    )
    INSERT INTO archived_shifts
      (organisation_id, id, employee_id, starts_at, ends_at, break_minutes, position, location_id,
       note, published, created_at, updated_at, revision)
    SELECT organisation_id, id, employee_id, starts_at, ends_at, break_minutes, position,
           location_id, note, published, created_at, updated_at, revision
    FROM moved;
  ELSIF present > border THEN
    -- To the end of what is archived before the last month that is closed.
    SELECT max(starts_at)
    INTO first_start
    FROM archived_shifts
    WHERE organisation_id = organisation AND starts_at < present;
    next_border := CASE
      WHEN first_start IS NULL THEN border
      ELSE greatest(border, least(date_trunc('month', first_start), present - interval '1 month'))
    END;
    WITH moved AS (
      DELETE FROM archived_shifts
      WHERE organisation_id = organisation AND ends_at > next_border
        AND starts_at > next_border - interval '48 hours'
      RETURNING organisation_id, id, employee_id, starts_at, ends_at, break_minutes, position,
                location_id, note, published, created_at, updated_at, revision
    )
    INSERT INTO shifts
      (organisation_id, id, employee_id, starts_at, ends_at, break_minutes, position, location_id,
       note, published, created_at, updated_at, revision)
    SELECT organisation_id, id, employee_id, starts_at, ends_at, break_minutes, position,
           location_id, note, published, created_at, updated_at, revision
    FROM moved;
  ELSE
    -- Another server was here meanwhile.
    RETURN true;
  END IF;
  IF next_border = '-infinity' THEN
    DELETE FROM shift_archives WHERE organisation_id = organisation;
  ELSE
    INSERT INTO shift_archives (organisation_id, closed_before)
    VALUES (organisation, next_border)
    ON CONFLICT (organisation_id) DO UPDATE SET closed_before = EXCLUDED.closed_before;
  END IF;
  RETURN true;
END
$$;

-- Drops the archived months that lie wholly before; answers their names. The last twelve months are
-- never dropped, as with sessions.
CREATE FUNCTION drop_archived_shifts(wanted timestamptz) RETURNS text[]
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC'
  SET lock_timeout = '3s'
AS $$
DECLARE
  border    timestamptz := date_trunc('month', wanted);
  partition text;
  dropped   text[] := '{}';
BEGIN
  IF border IS NULL THEN
    RETURN dropped;
  END IF;
  IF border > date_trunc('month', now()) - interval '12 months' THEN
    RAISE EXCEPTION 'the last twelve months of shifts are never dropped'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('make_archived_shifts_partition'));
  FOR partition IN
    SELECT child.relname
    FROM pg_catalog.pg_inherits JOIN pg_catalog.pg_class child ON child.oid = inhrelid
    WHERE inhparent = 'public.archived_shifts'::regclass
      AND child.relname ~ '^archived_shifts_\d{4}_\d{2}$'
      AND to_date(right(child.relname, 7), 'YYYY_MM') < border
    ORDER BY child.relname
  LOOP
    -- What members went on seeing of a draft goes with it.
    EXECUTE format('DELETE FROM published_versions AS version USING %I AS gone '
                   'WHERE version.organisation_id = gone.organisation_id AND version.id = gone.id',
                   partition);
    EXECUTE format('DROP TABLE %I', partition);
    dropped := dropped || partition;
  END LOOP;
  RETURN dropped;
END
$$;

REVOKE ALL ON FUNCTION shift_archive_lock(uuid), hold_shift_archive(),
  refuse_shifts_of_closed_months(), make_archived_shifts_partition(timestamptz),
  step_shift_archive(timestamptz), drop_archived_shifts(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shift_archive_lock(uuid), step_shift_archive(timestamptz),
  drop_archived_shifts(timestamptz) TO benchbook_app;

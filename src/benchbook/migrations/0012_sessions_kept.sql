-- Retention: an operator may say for how long sessions are kept. Older months are dropped as whole
-- partitions, which takes no time and leaves nothing to vacuum; and what would be dropped the next
-- time is refused when it is written, so that nobody believes to have saved it.

CREATE TABLE sessions_kept (
  only_row  boolean     NOT NULL DEFAULT true,
  kept_from timestamptz NOT NULL,
  CONSTRAINT sessions_kept_pkey PRIMARY KEY (only_row),
  CONSTRAINT sessions_are_kept_from_one_instant CHECK (only_row)
);
GRANT SELECT ON sessions_kept TO benchbook_app, benchbook_readonly;

CREATE OR REPLACE FUNCTION make_sessions_partition(instant timestamptz) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
  month_start timestamptz := date_trunc('month', instant);
  month_end   timestamptz := date_trunc('month', instant) + interval '1 month';
  partition   text := 'sessions_' || to_char(date_trunc('month', instant), 'YYYY_MM');
BEGIN
  IF instant < '2000-01-01' OR instant >= '2100-01-01' THEN
    RAISE EXCEPTION 'sessions are kept by month from 2000 to 2099'
      USING ERRCODE = 'datetime_field_overflow';
  END IF;
  IF EXISTS (SELECT FROM sessions_kept WHERE kept_from > instant) THEN
    RAISE EXCEPTION 'sessions of this month are not kept any more'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'session_starts_in_a_month_that_is_kept';
  END IF;
  IF to_regclass(partition) IS NOT NULL THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('make_sessions_partition'));
  IF EXISTS (SELECT FROM pg_catalog.pg_class
             WHERE relname = partition AND relnamespace = 'public'::regnamespace) THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE sessions INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS)',
                 partition);
  EXECUTE format('ALTER TABLE sessions ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                 partition, month_start, month_end);
END
$$;

-- Says from when on sessions are kept (null: all are) and drops the months that lie wholly before;
-- answers their names. The last twelve months are never dropped, whatever is asked: a slip of the
-- finger in a setting must not cost a year. A lock that is not free soon is tried the next time.
CREATE FUNCTION keep_sessions_from(wanted timestamptz) RETURNS text[]
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC'
  SET lock_timeout = '3s'
AS $$
DECLARE
  border    timestamptz := date_trunc('month', wanted);
  partition text;
  dropped   text[] := '{}';
BEGIN
  IF border IS NULL THEN
    DELETE FROM sessions_kept;
    RETURN dropped;
  END IF;
  IF border > date_trunc('month', now()) - interval '12 months' THEN
    RAISE EXCEPTION 'the last twelve months of sessions are never dropped'
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('make_sessions_partition'));
  INSERT INTO sessions_kept (kept_from) VALUES (border)
    ON CONFLICT (only_row) DO UPDATE SET kept_from = EXCLUDED.kept_from
    WHERE sessions_kept.kept_from <> EXCLUDED.kept_from;
  FOR partition IN
    SELECT child.relname
    FROM pg_catalog.pg_inherits JOIN pg_catalog.pg_class child ON child.oid = inhrelid
    WHERE inhparent = 'public.sessions'::regclass AND child.relname ~ '^sessions_\d{4}_\d{2}$'
      AND to_date(right(child.relname, 7), 'YYYY_MM') < border
    ORDER BY child.relname
  LOOP
    EXECUTE format('DROP TABLE %I', partition);
    dropped := dropped || partition;
  END LOOP;
  RETURN dropped;
END
$$;
REVOKE ALL ON FUNCTION keep_sessions_from(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION keep_sessions_from(timestamptz) TO benchbook_app;

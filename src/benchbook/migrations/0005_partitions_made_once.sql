-- Two first writes to a month at the same instant: the second one waits for the first and then has
-- to see its table. to_regclass() may answer from what the session remembers ("there is no such
-- table") after such a wait; a query of the catalogue looks.

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

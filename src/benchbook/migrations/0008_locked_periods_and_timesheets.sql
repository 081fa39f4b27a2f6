-- Periods that managers lock, weeks that people submit, and the hours that neither lets change.
--
-- What is locked stands in locked_spans as instants, one row a person and lock: the dates of a
-- period are read in each person's time zone when it is locked, so that who travels later, or
-- changes the zone, opens nothing (docs/decisions/0017-locked-periods.md).

CREATE EXTENSION IF NOT EXISTS btree_gist;

-- A locked period of local dates [first_date, after_date): of one person, or of everybody. One
-- that was unlocked is kept, with who did it and why.
CREATE TABLE locked_periods (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  person_id       uuid,
  first_date      date        NOT NULL,
  after_date      date        NOT NULL,
  reason          text        NOT NULL,
  locked_by       uuid        NOT NULL,
  locked_at       timestamptz NOT NULL DEFAULT now(),
  unlocked_by     uuid,
  unlocked_at     timestamptz,
  unlock_reason   text,
  CONSTRAINT locked_periods_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT locked_period_belongs_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id),
  CONSTRAINT locked_period_was_locked_by_a_person
    FOREIGN KEY (organisation_id, locked_by) REFERENCES people (organisation_id, id),
  CONSTRAINT locked_period_was_unlocked_by_a_person
    FOREIGN KEY (organisation_id, unlocked_by) REFERENCES people (organisation_id, id),
  CONSTRAINT locked_period_ends_after_it_begins CHECK (after_date > first_date),
  CONSTRAINT locked_period_reason_has_at_most_500_characters CHECK (char_length(reason) <= 500),
  CONSTRAINT locked_period_is_unlocked_by_somebody_for_a_reason
    CHECK ((unlocked_at IS NULL) = (unlocked_by IS NULL)
           AND (unlocked_at IS NULL) = (unlock_reason IS NULL)),
  CONSTRAINT locked_period_unlock_reason_has_1_to_500_characters
    CHECK (char_length(unlock_reason) BETWEEN 1 AND 500)
);
CREATE UNIQUE INDEX period_is_locked_once
  ON locked_periods (organisation_id, person_id, first_date, after_date) NULLS NOT DISTINCT
  WHERE unlocked_at IS NULL;
CREATE INDEX locked_periods_by_date ON locked_periods (organisation_id, first_date DESC, id DESC);

-- A person's week: open until it is submitted, then approved or returned. starts_at and ends_at
-- are what the dates meant in the person's time zone when it was submitted.
CREATE TABLE timesheets (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  person_id       uuid        NOT NULL,
  first_date      date        NOT NULL,
  after_date      date        NOT NULL,
  time_zone       text        NOT NULL,
  starts_at       timestamptz NOT NULL,
  ends_at         timestamptz NOT NULL,
  status          text        NOT NULL,
  note            text        NOT NULL DEFAULT '',
  comment         text        NOT NULL DEFAULT '',
  submitted_at    timestamptz NOT NULL,
  decided_by      uuid,
  decided_at      timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT timesheets_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT timesheet_belongs_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id),
  CONSTRAINT timesheet_was_decided_by_a_person
    FOREIGN KEY (organisation_id, decided_by) REFERENCES people (organisation_id, id),
  CONSTRAINT one_timesheet_per_person_and_week UNIQUE (organisation_id, person_id, first_date),
  CONSTRAINT timesheet_is_of_seven_days CHECK (after_date = first_date + 7),
  CONSTRAINT timesheet_ends_after_it_begins CHECK (ends_at > starts_at),
  CONSTRAINT timesheet_status_is_known
    CHECK (status IN ('open', 'submitted', 'approved', 'returned')),
  CONSTRAINT timesheet_note_has_at_most_5000_characters CHECK (char_length(note) <= 5000),
  CONSTRAINT timesheet_comment_has_at_most_5000_characters CHECK (char_length(comment) <= 5000),
  CONSTRAINT timesheet_is_decided_by_somebody
    CHECK (status NOT IN ('approved', 'returned')
           OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)),
  -- No hour is handed in twice, also where somebody's weeks begin on another day by now.
  CONSTRAINT submitted_weeks_of_a_person_do_not_overlap
    EXCLUDE USING gist (organisation_id WITH =, person_id WITH =,
                        tstzrange(starts_at, ends_at) WITH &&)
    WHERE (status IN ('submitted', 'approved'))
);
CREATE INDEX timesheets_by_week ON timesheets (organisation_id, first_date DESC, person_id);

CREATE TABLE locked_spans (
  organisation_id  uuid        NOT NULL,
  id               uuid        NOT NULL,
  person_id        uuid        NOT NULL,
  starts_at        timestamptz NOT NULL,
  ends_at          timestamptz NOT NULL,
  locked_period_id uuid,
  timesheet_id     uuid,
  CONSTRAINT locked_spans_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT locked_span_belongs_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id),
  CONSTRAINT locked_span_comes_of_a_locked_period
    FOREIGN KEY (organisation_id, locked_period_id)
    REFERENCES locked_periods (organisation_id, id) ON DELETE CASCADE,
  CONSTRAINT locked_span_comes_of_a_timesheet
    FOREIGN KEY (organisation_id, timesheet_id)
    REFERENCES timesheets (organisation_id, id) ON DELETE CASCADE,
  CONSTRAINT locked_span_comes_of_one_of_the_two
    CHECK ((locked_period_id IS NULL) <> (timesheet_id IS NULL)),
  CONSTRAINT locked_span_ends_after_it_begins CHECK (ends_at > starts_at)
);
CREATE INDEX locked_spans_by_person
  ON locked_spans (organisation_id, person_id, ends_at) INCLUDE (starts_at);
CREATE INDEX locked_spans_by_period ON locked_spans (organisation_id, locked_period_id)
  WHERE locked_period_id IS NOT NULL;
CREATE INDEX locked_spans_by_timesheet ON locked_spans (organisation_id, timesheet_id)
  WHERE timesheet_id IS NOT NULL;

ALTER TABLE locked_periods ENABLE ROW LEVEL SECURITY;
ALTER TABLE locked_periods FORCE ROW LEVEL SECURITY;
CREATE POLICY own_periods ON locked_periods TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND ((SELECT sees_everyone()) OR person_id IS NULL
              OR person_id = (SELECT current_person_id())));
CREATE POLICY owner_maintains ON locked_periods TO benchbook_owner USING (true);

ALTER TABLE timesheets ENABLE ROW LEVEL SECURITY;
ALTER TABLE timesheets FORCE ROW LEVEL SECURITY;
CREATE POLICY own_weeks ON timesheets TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND ((SELECT sees_everyone()) OR person_id = (SELECT current_person_id())));
CREATE POLICY owner_maintains ON timesheets TO benchbook_owner USING (true);

ALTER TABLE locked_spans ENABLE ROW LEVEL SECURITY;
ALTER TABLE locked_spans FORCE ROW LEVEL SECURITY;
CREATE POLICY own_spans ON locked_spans TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND ((SELECT sees_everyone()) OR person_id = (SELECT current_person_id())));
CREATE POLICY owner_maintains ON locked_spans TO benchbook_owner USING (true);

GRANT SELECT, INSERT, UPDATE ON locked_periods, timesheets TO benchbook_app;
GRANT SELECT, INSERT, DELETE ON locked_spans TO benchbook_app;
GRANT SELECT ON locked_periods, timesheets, locked_spans TO benchbook_readonly;

-- The gate between writing hours and locking them. Whoever writes a person's hours holds it open
-- (shared) until the transaction ends; whoever locks holds it shut (exclusive). So a write is
-- either committed before the lock is made, or it finds the lock. There is one gate for each
-- organisation and one for each person, for a submitted week stops nobody else.

CREATE FUNCTION hold_hours_open(organisation uuid, person uuid) RETURNS void
  LANGUAGE sql
AS $$
  SELECT pg_advisory_xact_lock_shared(hashtextextended(organisation::text, 8)),
         pg_advisory_xact_lock_shared(hashtextextended(organisation::text || person::text, 8));
$$;

-- Shuts one person's gate, or with NULL for the person everybody's.
CREATE FUNCTION hold_hours_shut(organisation uuid, person uuid) RETURNS void
  LANGUAGE sql
AS $$
  SELECT pg_advisory_xact_lock(hashtextextended(organisation::text || coalesce(person::text, ''), 8));
$$;

-- Raises when the instant is locked for the person. The detail names the span as JSON, for whoever
-- explains it to the person.
CREATE FUNCTION refuse_locked_hours(organisation uuid, person uuid, session uuid, instant timestamptz)
  RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  span uuid;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended(organisation::text, 8)),
          pg_advisory_xact_lock_shared(hashtextextended(organisation::text || person::text, 8));
  -- A statement of its own, so that it sees what was committed while the gate was waited for.
  SELECT id INTO span
  FROM locked_spans
  WHERE organisation_id = organisation AND person_id = person
    AND ends_at > instant AND starts_at <= instant
  ORDER BY ends_at
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'session % would start, or starts, in a locked period', session
      USING ERRCODE = 'check_violation',
            CONSTRAINT = 'no_hours_change_in_a_locked_period',
            DETAIL = (
              SELECT json_build_object(
                'session_id', session, 'person_id', person, 'started_at', instant,
                'locked_period_id', locked_spans.locked_period_id,
                'timesheet_id', locked_spans.timesheet_id,
                'status', timesheets.status,
                'from', coalesce(locked_periods.first_date, timesheets.first_date),
                'to', coalesce(locked_periods.after_date, timesheets.after_date))
              FROM locked_spans
              LEFT JOIN locked_periods
                ON locked_periods.organisation_id = locked_spans.organisation_id
               AND locked_periods.id = locked_spans.locked_period_id
              LEFT JOIN timesheets
                ON timesheets.organisation_id = locked_spans.organisation_id
               AND timesheets.id = locked_spans.timesheet_id
              WHERE locked_spans.organisation_id = organisation AND locked_spans.id = span);
  END IF;
END
$$;

-- For sessions and running sessions. Every start and stop runs it, so the check is made in place,
-- and the gate is held in an expression without a FROM, which takes no executor.
CREATE FUNCTION keep_locked_hours() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  session record;
  gate    text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    session := NEW;
  ELSE
    session := OLD;
  END IF;
  gate := pg_advisory_xact_lock_shared(hashtextextended(session.organisation_id::text, 8))::text
       || pg_advisory_xact_lock_shared(
            hashtextextended(session.organisation_id::text || session.person_id::text, 8))::text;
  -- A statement of its own, so that it sees what was committed while the gate was waited for.
  IF EXISTS (SELECT FROM locked_spans
             WHERE organisation_id = session.organisation_id AND person_id = session.person_id
               AND ends_at > session.started_at AND starts_at <= session.started_at)
  THEN
    PERFORM refuse_locked_hours(
      session.organisation_id, session.person_id, session.id, session.started_at);
  END IF;
  IF TG_OP = 'UPDATE'
     AND (NEW.started_at <> OLD.started_at OR NEW.person_id <> OLD.person_id)
  THEN
    PERFORM refuse_locked_hours(NEW.organisation_id, NEW.person_id, NEW.id, NEW.started_at);
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END
$$;

-- What is in the bin is no hours: it may be emptied at any time. A revision above 1 at its birth
-- comes of a timer that was running when the period was locked: stopping it never loses time.
CREATE TRIGGER locked_sessions_are_not_added BEFORE INSERT ON sessions
  FOR EACH ROW WHEN (NEW.deleted_at IS NULL AND NEW.revision = 1)
  EXECUTE FUNCTION keep_locked_hours();
CREATE TRIGGER locked_sessions_are_not_deleted BEFORE DELETE ON sessions
  FOR EACH ROW WHEN (OLD.deleted_at IS NULL)
  EXECUTE FUNCTION keep_locked_hours();
-- A tag that is renamed or removed everywhere leaves updated_at alone, and locked sessions follow:
-- it is the catalogue that changes, not their hours.
CREATE TRIGGER locked_sessions_are_not_changed BEFORE UPDATE ON sessions
  FOR EACH ROW WHEN (
    (OLD.deleted_at IS NULL OR NEW.deleted_at IS NULL)
    AND ((OLD.updated_at, OLD.started_at, OLD.ended_at, OLD.person_id, OLD.deleted_at)
         IS DISTINCT FROM
         (NEW.updated_at, NEW.started_at, NEW.ended_at, NEW.person_id, NEW.deleted_at)))
  EXECUTE FUNCTION keep_locked_hours();

-- Runs after the statement, and so knows a stop, which has saved the session, from a discard.
CREATE FUNCTION keep_discarded_timers() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  gate text;
BEGIN
  gate := pg_advisory_xact_lock_shared(hashtextextended(OLD.organisation_id::text, 8))::text
       || pg_advisory_xact_lock_shared(
            hashtextextended(OLD.organisation_id::text || OLD.person_id::text, 8))::text;
  -- Locks are few and sessions are many: what is rarely so is asked first.
  IF EXISTS (SELECT FROM locked_spans
             WHERE organisation_id = OLD.organisation_id AND person_id = OLD.person_id
               AND ends_at > OLD.started_at AND starts_at <= OLD.started_at)
     AND NOT EXISTS (SELECT FROM sessions
                     WHERE organisation_id = OLD.organisation_id AND id = OLD.id
                       AND started_at = OLD.started_at)
  THEN
    PERFORM refuse_locked_hours(OLD.organisation_id, OLD.person_id, OLD.id, OLD.started_at);
  END IF;
  RETURN NULL;
END
$$;

-- What runs is no hours yet: its name, project and tags may be completed until it is stopped. Its
-- start does not move out of a locked period or into one, and it is not discarded there.
CREATE TRIGGER timers_are_not_started_in_locked_periods BEFORE INSERT ON running_sessions
  FOR EACH ROW EXECUTE FUNCTION keep_locked_hours();
CREATE TRIGGER timers_are_not_moved_over_locked_periods BEFORE UPDATE OF started_at ON running_sessions
  FOR EACH ROW WHEN (OLD.started_at IS DISTINCT FROM NEW.started_at)
  EXECUTE FUNCTION keep_locked_hours();
CREATE TRIGGER timers_are_not_discarded_in_locked_periods AFTER DELETE ON running_sessions
  FOR EACH ROW EXECUTE FUNCTION keep_discarded_timers();

-- Local days --------------------------------------------------------------------------------------

-- The instant at which a local day begins, as start_of_day in timetracking/rules.py has it: where
-- midnight comes twice, the first one.
CREATE FUNCTION start_of_local_day(day date, zone text) RETURNS timestamptz
  LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
AS $$
DECLARE
  -- Names that PostgreSQL takes for abbreviations, which know no summer time.
  place  text := CASE zone WHEN 'CET' THEN 'Europe/Brussels' WHEN 'MET' THEN 'Europe/Brussels'
                           WHEN 'EET' THEN 'Europe/Athens'   WHEN 'WET' THEN 'Europe/Lisbon'
                           ELSE zone END;
  starts timestamptz;
BEGIN
  starts := day::timestamp AT TIME ZONE place;
  WHILE (starts - interval '30 minutes') AT TIME ZONE place >= day::timestamp LOOP
    starts := starts - interval '30 minutes';
  END LOOP;
  RETURN starts;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN day::timestamp AT TIME ZONE 'UTC';  -- a zone that this PostgreSQL has never heard of
END
$$;

-- Who joins later finds locked what is locked for everybody.
CREATE FUNCTION meet_locked_periods() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended(NEW.organisation_id::text, 8));
  INSERT INTO locked_spans (organisation_id, id, person_id, starts_at, ends_at, locked_period_id)
  SELECT organisation_id, gen_random_uuid(), NEW.id,
         start_of_local_day(first_date, NEW.time_zone), start_of_local_day(after_date, NEW.time_zone), id
  FROM locked_periods
  WHERE organisation_id = NEW.organisation_id AND person_id IS NULL AND unlocked_at IS NULL
    AND start_of_local_day(after_date, NEW.time_zone) > start_of_local_day(first_date, NEW.time_zone);
  RETURN NULL;
END
$$;
CREATE TRIGGER people_meet_locked_periods AFTER INSERT ON people
  FOR EACH ROW EXECUTE FUNCTION meet_locked_periods();

REVOKE ALL ON FUNCTION hold_hours_open(uuid, uuid), hold_hours_shut(uuid, uuid),
  refuse_locked_hours(uuid, uuid, uuid, timestamptz), keep_locked_hours(), keep_discarded_timers(), start_of_local_day(date, text), meet_locked_periods() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hold_hours_open(uuid, uuid), hold_hours_shut(uuid, uuid),
  refuse_locked_hours(uuid, uuid, uuid, timestamptz), start_of_local_day(date, text)
  TO benchbook_app;

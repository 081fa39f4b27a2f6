-- Leave, asked for and decided on, and when people can or would rather work. Both are the
-- employee's own and the managers', and of nobody else.

CREATE TABLE leave_requests (
  organisation_id uuid           NOT NULL,
  id              uuid           NOT NULL,
  employee_id     uuid           NOT NULL,
  kind            text           NOT NULL,
  -- Whole local days of the zone, or hours.
  whole_days      boolean        NOT NULL,
  time_zone       text           NOT NULL,
  starts_at       timestamptz(0) NOT NULL,
  ends_at         timestamptz(0) NOT NULL,
  note            text,
  status          text           NOT NULL DEFAULT 'requested',
  requested_by    uuid           NOT NULL,
  decided_by      uuid,
  decided_at      timestamptz,
  decision_note   text,
  created_at      timestamptz    NOT NULL DEFAULT now(),
  updated_at      timestamptz    NOT NULL DEFAULT now(),
  revision        integer        NOT NULL DEFAULT 1,
  CONSTRAINT leave_requests_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT leave_employee_exists
    FOREIGN KEY (organisation_id, employee_id) REFERENCES employees (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT leave_was_requested_by_a_person
    FOREIGN KEY (organisation_id, requested_by) REFERENCES people (organisation_id, id),
  CONSTRAINT leave_was_decided_by_a_person
    FOREIGN KEY (organisation_id, decided_by) REFERENCES people (organisation_id, id),
  CONSTRAINT leave_kind_is_known
    CHECK (kind IN ('vacation', 'sick', 'parental', 'training', 'unpaid', 'other')),
  CONSTRAINT leave_status_is_known
    CHECK (status IN ('requested', 'approved', 'declined', 'cancelled')),
  CONSTRAINT leave_ends_after_it_starts CHECK (ends_at > starts_at),
  CONSTRAINT leave_is_at_most_two_years_long CHECK (ends_at - starts_at <= interval '732 days'),
  CONSTRAINT leave_note_has_1_to_1000_characters CHECK (char_length(note) BETWEEN 1 AND 1000),
  CONSTRAINT leave_decision_note_has_1_to_1000_characters
    CHECK (char_length(decision_note) BETWEEN 1 AND 1000),
  CONSTRAINT one_leave_at_a_time_per_employee
    EXCLUDE USING gist (organisation_id WITH =, employee_id WITH =,
                        tstzrange(starts_at, ends_at) WITH &&)
    WHERE (status IN ('requested', 'approved'))
);
CREATE INDEX leave_requests_by_start ON leave_requests (organisation_id, starts_at, id);
CREATE INDEX leave_requests_by_employee
  ON leave_requests (organisation_id, employee_id, starts_at, id);

CREATE TABLE availability (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  employee_id     uuid        NOT NULL,
  kind            text        NOT NULL,
  -- Every week on this day (0: Monday), or on one date.
  weekday         smallint,
  date            date,
  -- Local times of the zone; NULL: from the day's beginning, to its end.
  start_time      time(0),
  end_time        time(0),
  time_zone       text        NOT NULL,
  note            text,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT availability_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT availability_employee_exists
    FOREIGN KEY (organisation_id, employee_id) REFERENCES employees (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT availability_kind_is_known CHECK (kind IN ('prefers', 'cannot')),
  CONSTRAINT availability_is_weekly_or_on_a_date CHECK ((weekday IS NULL) <> (date IS NULL)),
  CONSTRAINT availability_weekday_is_0_to_6 CHECK (weekday BETWEEN 0 AND 6),
  CONSTRAINT availability_ends_after_it_starts CHECK (end_time > start_time),
  CONSTRAINT availability_note_has_1_to_1000_characters CHECK (char_length(note) BETWEEN 1 AND 1000)
);
CREATE INDEX availability_by_employee ON availability (organisation_id, employee_id, id);

-- What the organisation wants of shifts during approved leave; no row: they are only told of.
CREATE TABLE leave_settings (
  organisation_id uuid        NOT NULL,
  blocks_shifts   boolean     NOT NULL,
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT leave_settings_pkey PRIMARY KEY (organisation_id),
  CONSTRAINT leave_settings_belong_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id)
);

CREATE FUNCTION is_own_employee(employee uuid) RETURNS boolean
  LANGUAGE sql STABLE
AS $$
  SELECT EXISTS (SELECT FROM employees
                 WHERE organisation_id = current_organisation_id() AND id = employee
                   AND person_id = current_person_id())
$$;

ALTER TABLE leave_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE leave_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY own_leave ON leave_requests TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND ((SELECT sees_everyone()) OR is_own_employee(employee_id)));
CREATE POLICY owner_maintains ON leave_requests TO benchbook_owner USING (true);
ALTER TABLE availability ENABLE ROW LEVEL SECURITY;
ALTER TABLE availability FORCE ROW LEVEL SECURITY;
CREATE POLICY own_availability ON availability TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND ((SELECT sees_everyone()) OR is_own_employee(employee_id)));
CREATE POLICY owner_maintains ON availability TO benchbook_owner USING (true);
ALTER TABLE leave_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE leave_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON leave_settings TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON leave_settings TO benchbook_owner USING (true);

GRANT SELECT, INSERT, UPDATE ON leave_requests, leave_settings TO benchbook_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON availability TO benchbook_app;
GRANT SELECT ON leave_requests, availability, leave_settings TO benchbook_readonly;

-- Which of these spans (employee, start, end) meet approved leave: by their place from 1. Asked on
-- behalf of people who may not read each other's leave, so it tells no more than that.
CREATE FUNCTION spans_during_leave(employees uuid[], starts timestamptz[], ends timestamptz[])
  RETURNS TABLE (place bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT DISTINCT span.place
  FROM unnest(employees, starts, ends) WITH ORDINALITY AS span (employee_id, starts_at, ends_at, place)
  JOIN leave_requests
    ON leave_requests.organisation_id = current_organisation_id()
   AND leave_requests.employee_id = span.employee_id
   AND leave_requests.status = 'approved'
   AND leave_requests.starts_at < span.ends_at AND leave_requests.ends_at > span.starts_at
  ORDER BY span.place
$$;

-- The last word, whichever program writes. The employees are locked as the application locks them,
-- so that of a shift and the leave that it meets, made at one instant, one sees the other.
CREATE FUNCTION refuse_shifts_during_leave() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM leave_settings
                 WHERE blocks_shifts
                   AND organisation_id IN (SELECT DISTINCT organisation_id FROM touched)) THEN
    RETURN NULL;
  END IF;
  PERFORM FROM employees
  WHERE (organisation_id, id) IN (SELECT organisation_id, employee_id FROM touched)
  ORDER BY id
  FOR NO KEY UPDATE;
  IF EXISTS (SELECT FROM touched
             JOIN leave_settings
               ON leave_settings.organisation_id = touched.organisation_id
              AND leave_settings.blocks_shifts
             JOIN leave_requests
               ON leave_requests.organisation_id = touched.organisation_id
              AND leave_requests.employee_id = touched.employee_id
              AND leave_requests.status = 'approved'
              AND leave_requests.starts_at < touched.ends_at
              AND leave_requests.ends_at > touched.starts_at) THEN
    RAISE EXCEPTION 'a shift lies in approved leave'
      USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'no_shift_during_approved_leave';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER refuse_insert_during_leave AFTER INSERT ON shifts REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_shifts_during_leave();
CREATE TRIGGER refuse_update_during_leave AFTER UPDATE ON shifts REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_shifts_during_leave();

CREATE FUNCTION refuse_leave_during_shifts() RETURNS trigger
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
  IF EXISTS (SELECT FROM shifts
             WHERE organisation_id = NEW.organisation_id AND employee_id = NEW.employee_id
               AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at
               AND starts_at > NEW.starts_at - interval '48 hours') THEN
    RAISE EXCEPTION 'approved leave meets a shift'
      USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'no_approved_leave_during_a_shift';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER refuse_during_shifts AFTER INSERT OR UPDATE ON leave_requests
  FOR EACH ROW WHEN (NEW.status = 'approved') EXECUTE FUNCTION refuse_leave_during_shifts();

REVOKE ALL ON FUNCTION is_own_employee(uuid),
  spans_during_leave(uuid[], timestamptz[], timestamptz[]), refuse_shifts_during_leave(),
  refuse_leave_during_shifts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_own_employee(uuid) TO benchbook_app, benchbook_readonly, benchbook_owner;
GRANT EXECUTE ON FUNCTION spans_during_leave(uuid[], timestamptz[], timestamptz[]) TO benchbook_app;

CALL announce_changes('leave_requests', 'leave', 'announce_shared');
CALL announce_changes('availability', 'availability', 'announce_shared');

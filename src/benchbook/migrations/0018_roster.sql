-- What the roster needs besides shifts: changes that others see at once, employees who come back
-- with their shifts when a deletion is undone, and how many people are needed when.

-- An event names the kind of thing and its id, and nothing of what it holds.
CALL announce_changes('employees', 'employees', 'announce_shared');
CALL announce_changes('shifts', 'shifts', 'announce_shared');

-- A deleted employee is out of sight, with all of their shifts, and can come back for 30 days.
-- The address and the link to a person are free meanwhile.
ALTER TABLE employees ADD COLUMN removed_at timestamptz;
ALTER TABLE employees DROP CONSTRAINT employee_address_is_used_once;
CREATE UNIQUE INDEX employee_address_is_used_once ON employees (organisation_id, address)
  WHERE removed_at IS NULL;
ALTER TABLE employees DROP CONSTRAINT person_is_one_employee;
CREATE UNIQUE INDEX person_is_one_employee ON employees (organisation_id, person_id)
  WHERE removed_at IS NULL;
CREATE INDEX employees_removed ON employees (organisation_id, removed_at)
  WHERE removed_at IS NOT NULL;

-- Hidden by policy, so that no query can forget it; only the functions below see them.
CREATE POLICY removed_employees_are_hidden ON employees AS RESTRICTIVE
  TO benchbook_app, benchbook_readonly
  USING (removed_at IS NULL);

CREATE FUNCTION removed_employees() RETURNS uuid[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT coalesce(array_agg(id), '{}')
  FROM employees
  WHERE organisation_id = current_organisation_id() AND removed_at IS NOT NULL;
$$;

-- Asked for once a query: the array is short, and mostly empty.
CREATE POLICY shifts_of_removed_employees_are_hidden ON shifts AS RESTRICTIVE
  TO benchbook_app, benchbook_readonly
  USING (employee_id <> ALL ((SELECT removed_employees())::uuid[]));

-- Whether there was such an employee of the caller's organisation.
CREATE FUNCTION remove_employee(which uuid) RETURNS boolean
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  WITH removed AS (
    UPDATE employees
    SET removed_at = now(), revision = revision + 1
    WHERE organisation_id = current_organisation_id() AND id = which AND removed_at IS NULL
    RETURNING id
  )
  SELECT EXISTS (SELECT FROM removed);
$$;

CREATE FUNCTION restore_employee(which uuid) RETURNS boolean
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  WITH restored AS (
    UPDATE employees
    SET removed_at = NULL, updated_at = now(), revision = revision + 1
    WHERE organisation_id = current_organisation_id() AND id = which AND removed_at IS NOT NULL
    RETURNING id
  )
  SELECT EXISTS (SELECT FROM restored);
$$;

CREATE FUNCTION forget_removed_employees() RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  DELETE FROM employees WHERE removed_at < now() - interval '30 days';
$$;

REVOKE ALL ON FUNCTION removed_employees(), remove_employee(uuid), restore_employee(uuid),
  forget_removed_employees() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION removed_employees() TO benchbook_app, benchbook_readonly;
GRANT EXECUTE ON FUNCTION remove_employee(uuid), restore_employee(uuid), forget_removed_employees()
  TO benchbook_app;

-- How many people a position takes: one row a weekday and range of the clock. The plan is read and
-- replaced as a whole, and has the time zone in which its clock runs.
CREATE TABLE staffing_plans (
  organisation_id uuid        NOT NULL,
  time_zone       text        NOT NULL,
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT staffing_plans_pkey PRIMARY KEY (organisation_id),
  CONSTRAINT staffing_plan_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT staffing_plan_time_zone_has_1_to_64_characters
    CHECK (char_length(time_zone) BETWEEN 1 AND 64)
);
CREATE TABLE staffing_needs (
  organisation_id uuid     NOT NULL,
  id              uuid     NOT NULL,
  position        text     NOT NULL,
  weekday         smallint NOT NULL,
  from_time       text     NOT NULL,
  to_time         text     NOT NULL,
  number          smallint NOT NULL,
  CONSTRAINT staffing_needs_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT staffing_need_belongs_to_a_plan
    FOREIGN KEY (organisation_id) REFERENCES staffing_plans (organisation_id) ON DELETE CASCADE,
  CONSTRAINT staffing_need_position_has_1_to_100_characters
    CHECK (char_length(position) BETWEEN 1 AND 100),
  CONSTRAINT staffing_need_weekday_is_1_to_7 CHECK (weekday BETWEEN 1 AND 7),
  CONSTRAINT staffing_need_times_are_of_a_clock
    CHECK (from_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'
           AND to_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  CONSTRAINT staffing_need_number_is_1_to_999 CHECK (number BETWEEN 1 AND 999),
  CONSTRAINT staffing_need_is_named_once
    UNIQUE (organisation_id, position, weekday, from_time, to_time)
);

ALTER TABLE staffing_plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE staffing_plans FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON staffing_plans TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON staffing_plans TO benchbook_owner USING (true);
ALTER TABLE staffing_needs ENABLE ROW LEVEL SECURITY;
ALTER TABLE staffing_needs FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON staffing_needs TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON staffing_needs TO benchbook_owner USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON staffing_plans, staffing_needs TO benchbook_app;
GRANT SELECT ON staffing_plans, staffing_needs TO benchbook_readonly;
CALL announce_changes('staffing_needs', 'staffing_needs', 'announce_shared');

-- Shifts: who can be on duty, and when they are. That nobody is in two places at once is a
-- constraint of the table, and no query has to remember it.

-- Lets an index compare ids and ranges of time together. A trusted extension: the owner of the
-- database may create it.
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

CREATE TABLE employees (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  person_id       uuid,
  first_name      text        NOT NULL,
  last_name       text        NOT NULL,
  address         text        NOT NULL,
  email           text,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT employees_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT employee_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT employee_person_exists
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id),
  CONSTRAINT person_is_one_employee UNIQUE (organisation_id, person_id),
  CONSTRAINT employee_address_is_used_once UNIQUE (organisation_id, address),
  CONSTRAINT employee_first_name_has_1_to_50_characters
    CHECK (char_length(first_name) BETWEEN 1 AND 50),
  CONSTRAINT employee_last_name_has_1_to_50_characters
    CHECK (char_length(last_name) BETWEEN 1 AND 50),
  CONSTRAINT employee_address_has_1_to_255_characters
    CHECK (char_length(address) BETWEEN 1 AND 255),
  CONSTRAINT employee_email_has_3_to_254_characters CHECK (char_length(email) BETWEEN 3 AND 254)
);
CREATE INDEX employees_by_name ON employees (organisation_id, last_name, first_name, id);

-- One table for all times: an exclusion constraint reaches no farther than one partition, and
-- shifts go on past midnight at the end of every month.
CREATE TABLE shifts (
  organisation_id uuid           NOT NULL,
  id              uuid           NOT NULL,
  employee_id     uuid           NOT NULL,
  starts_at       timestamptz(0) NOT NULL,
  ends_at         timestamptz(0) NOT NULL,
  position        text,
  note            text,
  published       boolean        NOT NULL DEFAULT true,
  created_at      timestamptz    NOT NULL DEFAULT now(),
  updated_at      timestamptz    NOT NULL DEFAULT now(),
  revision        integer        NOT NULL DEFAULT 1,
  CONSTRAINT shifts_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT shift_employee_exists
    FOREIGN KEY (organisation_id, employee_id) REFERENCES employees (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT shift_ends_after_it_starts CHECK (ends_at > starts_at),
  CONSTRAINT shift_is_at_most_48_hours_long CHECK (ends_at - starts_at <= interval '48 hours'),
  CONSTRAINT shift_starts_and_ends_on_a_minute
    CHECK (date_trunc('minute', starts_at AT TIME ZONE 'UTC') = starts_at AT TIME ZONE 'UTC'
           AND date_trunc('minute', ends_at AT TIME ZONE 'UTC') = ends_at AT TIME ZONE 'UTC'),
  CONSTRAINT shift_position_has_1_to_100_characters
    CHECK (char_length(position) BETWEEN 1 AND 100),
  CONSTRAINT shift_note_has_1_to_1000_characters CHECK (char_length(note) BETWEEN 1 AND 1000),
  -- Touching is fine: the ranges are half-open. Deferrable, so that only the outcome of a
  -- transaction counts: people exchange shifts that overlap, a row of shifts moves by an hour.
  CONSTRAINT one_shift_at_a_time_per_employee
    EXCLUDE USING gist (organisation_id WITH =, employee_id WITH =,
                        tstzrange(starts_at, ends_at) WITH &&)
    DEFERRABLE INITIALLY IMMEDIATE
);
-- Queries under a policy cannot use the index of the constraint (&& is not leakproof); these they
-- can, since a shift that reaches into a range starts less than 48 hours before it.
CREATE INDEX shifts_by_employee ON shifts (organisation_id, employee_id, starts_at, id);
CREATE INDEX shifts_by_start ON shifts (organisation_id, starts_at, id);

ALTER TABLE employees ENABLE ROW LEVEL SECURITY;
ALTER TABLE employees FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON employees TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON employees TO benchbook_owner USING (true);

-- Members see what is published, even where a query forgets to ask for it.
ALTER TABLE shifts ENABLE ROW LEVEL SECURITY;
ALTER TABLE shifts FORCE ROW LEVEL SECURITY;
CREATE POLICY published_shifts ON shifts TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND ((SELECT sees_everyone()) OR published));
CREATE POLICY owner_maintains ON shifts TO benchbook_owner USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON employees, shifts TO benchbook_app;
GRANT SELECT ON employees, shifts TO benchbook_readonly;

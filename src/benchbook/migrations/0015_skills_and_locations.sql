-- What a roster is planned with: skills that employees have, positions that take some, and the
-- places where people work, each in its time zone.

CREATE TABLE skills (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  name            text        NOT NULL,
  archived_at     timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT skills_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT skill_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT skill_name_is_used_once UNIQUE (organisation_id, name),
  CONSTRAINT skill_name_has_1_to_100_characters CHECK (char_length(name) BETWEEN 1 AND 100)
);

CREATE TABLE locations (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  name            text        NOT NULL,
  time_zone       text        NOT NULL,
  archived_at     timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT locations_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT location_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT location_name_is_used_once UNIQUE (organisation_id, name),
  CONSTRAINT location_name_has_1_to_100_characters CHECK (char_length(name) BETWEEN 1 AND 100),
  CONSTRAINT location_time_zone_has_1_to_64_characters
    CHECK (char_length(time_zone) BETWEEN 1 AND 64)
);

-- A position is known to shifts by its name; its name therefore stays.
CREATE TABLE positions (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  name            text        NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT positions_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT position_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT position_name_is_used_once UNIQUE (organisation_id, name),
  CONSTRAINT position_name_has_1_to_100_characters CHECK (char_length(name) BETWEEN 1 AND 100)
);

CREATE TABLE position_skills (
  organisation_id uuid NOT NULL,
  position_id     uuid NOT NULL,
  skill_id        uuid NOT NULL,
  CONSTRAINT position_skills_pkey PRIMARY KEY (organisation_id, position_id, skill_id),
  CONSTRAINT position_skill_belongs_to_a_position
    FOREIGN KEY (organisation_id, position_id) REFERENCES positions (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT position_skill_exists
    FOREIGN KEY (organisation_id, skill_id) REFERENCES skills (organisation_id, id)
);
CREATE INDEX position_skills_by_skill ON position_skills (organisation_id, skill_id);

CREATE TABLE employee_skills (
  organisation_id uuid NOT NULL,
  employee_id     uuid NOT NULL,
  skill_id        uuid NOT NULL,
  CONSTRAINT employee_skills_pkey PRIMARY KEY (organisation_id, employee_id, skill_id),
  CONSTRAINT employee_skill_belongs_to_an_employee
    FOREIGN KEY (organisation_id, employee_id) REFERENCES employees (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT employee_skill_exists
    FOREIGN KEY (organisation_id, skill_id) REFERENCES skills (organisation_id, id)
);
CREATE INDEX employee_skills_by_skill ON employee_skills (organisation_id, skill_id);

ALTER TABLE employees
  ADD COLUMN location_id uuid,
  ADD COLUMN contracted_hours_per_week numeric(5, 2),
  ADD CONSTRAINT employee_location_exists
    FOREIGN KEY (organisation_id, location_id) REFERENCES locations (organisation_id, id),
  ADD CONSTRAINT employee_works_at_most_168_hours_a_week
    CHECK (contracted_hours_per_week BETWEEN 0 AND 168);
CREATE INDEX employees_by_location ON employees (organisation_id, location_id)
  WHERE location_id IS NOT NULL;

ALTER TABLE shifts
  ADD COLUMN location_id uuid,
  ADD CONSTRAINT shift_location_exists
    FOREIGN KEY (organisation_id, location_id) REFERENCES locations (organisation_id, id);
CREATE INDEX shifts_by_location ON shifts (organisation_id, location_id)
  WHERE location_id IS NOT NULL;

DO $$
DECLARE
  relation text;
BEGIN
  FOREACH relation IN ARRAY
    ARRAY['skills', 'locations', 'positions', 'position_skills', 'employee_skills']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', relation);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', relation);
    EXECUTE format('CREATE POLICY own_organisation ON %I TO benchbook_app, benchbook_readonly '
                   'USING (organisation_id = current_organisation_id())', relation);
    EXECUTE format('CREATE POLICY owner_maintains ON %I TO benchbook_owner USING (true)', relation);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO benchbook_app', relation);
    EXECUTE format('GRANT SELECT ON %I TO benchbook_readonly', relation);
  END LOOP;
END
$$;

CALL announce_changes('skills', 'skills', 'announce_shared');
CALL announce_changes('locations', 'locations', 'announce_shared');
CALL announce_changes('positions', 'positions', 'announce_shared');

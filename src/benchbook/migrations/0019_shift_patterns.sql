-- Shifts that come again: templates, patterns that repeat them, and what was generated of these,
-- so that it can be taken back. And how much of a shift is a break.

ALTER TABLE shifts
  ADD COLUMN break_minutes integer NOT NULL DEFAULT 0,
  ADD CONSTRAINT shift_break_is_0_to_720_minutes CHECK (break_minutes BETWEEN 0 AND 720),
  ADD CONSTRAINT shift_is_longer_than_its_break
    CHECK (ends_at - starts_at > make_interval(mins => break_minutes));

-- Times are of clocks on a wall; which instants they are depends on the day and the zone.
CREATE TABLE shift_templates (
  organisation_id  uuid        NOT NULL,
  id               uuid        NOT NULL,
  name             text        NOT NULL,
  position         text,
  location_id      uuid,
  note             text,
  start_time       time(0)     NOT NULL,
  end_time         time(0),
  duration_minutes integer,
  break_minutes    integer     NOT NULL DEFAULT 0,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  revision         integer     NOT NULL DEFAULT 1,
  CONSTRAINT shift_templates_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT shift_template_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT shift_template_location_exists
    FOREIGN KEY (organisation_id, location_id) REFERENCES locations (organisation_id, id),
  CONSTRAINT shift_template_name_is_used_once UNIQUE (organisation_id, name),
  CONSTRAINT shift_template_name_has_1_to_100_characters CHECK (char_length(name) BETWEEN 1 AND 100),
  CONSTRAINT shift_template_position_has_1_to_100_characters
    CHECK (char_length(position) BETWEEN 1 AND 100),
  CONSTRAINT shift_template_note_has_1_to_1000_characters CHECK (char_length(note) BETWEEN 1 AND 1000),
  CONSTRAINT shift_template_has_an_end_or_a_length CHECK (num_nonnulls(end_time, duration_minutes) = 1),
  CONSTRAINT shift_template_is_1_to_2880_minutes_long CHECK (duration_minutes BETWEEN 1 AND 2880),
  CONSTRAINT shift_template_break_is_0_to_720_minutes CHECK (break_minutes BETWEEN 0 AND 720)
);
CREATE INDEX shift_templates_by_location ON shift_templates (organisation_id, location_id)
  WHERE location_id IS NOT NULL;

CREATE TABLE shift_patterns (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  name            text        NOT NULL,
  starts_on       date        NOT NULL,
  cycle_days      integer     NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT shift_patterns_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT shift_pattern_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT shift_pattern_name_is_used_once UNIQUE (organisation_id, name),
  CONSTRAINT shift_pattern_name_has_1_to_100_characters CHECK (char_length(name) BETWEEN 1 AND 100),
  CONSTRAINT shift_pattern_cycle_has_1_to_366_days CHECK (cycle_days BETWEEN 1 AND 366)
);

CREATE TABLE shift_pattern_entries (
  organisation_id uuid    NOT NULL,
  pattern_id      uuid    NOT NULL,
  day             integer NOT NULL,
  template_id     uuid    NOT NULL,
  CONSTRAINT shift_pattern_entries_pkey PRIMARY KEY (organisation_id, pattern_id, day, template_id),
  CONSTRAINT shift_pattern_entry_is_of_a_pattern
    FOREIGN KEY (organisation_id, pattern_id) REFERENCES shift_patterns (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT shift_pattern_entry_has_a_template
    FOREIGN KEY (organisation_id, template_id) REFERENCES shift_templates (organisation_id, id),
  CONSTRAINT shift_pattern_day_is_1_to_366 CHECK (day BETWEEN 1 AND 366)
);
CREATE INDEX shift_pattern_entries_by_template ON shift_pattern_entries (organisation_id, template_id);

-- What one request generated. The ids stand here and not in the shifts, which so cost no more when
-- they are written or deleted by the ten thousand.
CREATE TABLE shift_generations (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  pattern_id      uuid,
  pattern_name    text        NOT NULL,
  person_id       uuid        NOT NULL,
  first_day       date        NOT NULL,
  end_day         date        NOT NULL,
  shift_ids       uuid[]      NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT shift_generations_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT shift_generation_pattern_exists
    FOREIGN KEY (organisation_id, pattern_id) REFERENCES shift_patterns (organisation_id, id)
    ON DELETE SET NULL (pattern_id),
  CONSTRAINT shift_generation_is_by_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id),
  CONSTRAINT shift_generation_ends_after_it_begins CHECK (end_day > first_day)
);
CREATE INDEX shift_generations_by_pattern ON shift_generations (organisation_id, pattern_id);

-- Plans are for managers; members see the shifts that come of them.
DO $$
DECLARE
  relation text;
BEGIN
  FOREACH relation IN ARRAY ARRAY['shift_templates', 'shift_patterns', 'shift_pattern_entries',
                                  'shift_generations'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', relation);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', relation);
    EXECUTE format('CREATE POLICY own_organisation ON %I TO benchbook_app, benchbook_readonly '
                   'USING (organisation_id = current_organisation_id() AND (SELECT sees_everyone()))',
                   relation);
    EXECUTE format('CREATE POLICY owner_maintains ON %I TO benchbook_owner USING (true)', relation);
  END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE
  ON shift_templates, shift_patterns, shift_pattern_entries, shift_generations TO benchbook_app;
GRANT SELECT
  ON shift_templates, shift_patterns, shift_pattern_entries, shift_generations TO benchbook_readonly;

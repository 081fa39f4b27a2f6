-- Labour rules as data, and who let a shift be against one, and why.

CREATE TABLE labour_rules (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  name            text        NOT NULL,
  kind            text        NOT NULL,
  effect          text        NOT NULL,
  limit_minutes   integer,
  limit_days      integer,
  break_minutes   integer,
  position        text,
  employee_id     uuid,
  time_zone       text        NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT labour_rules_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT labour_rule_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT labour_rule_employee_exists
    FOREIGN KEY (organisation_id, employee_id) REFERENCES employees (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT labour_rule_name_has_1_to_100_characters CHECK (char_length(name) BETWEEN 1 AND 100),
  CONSTRAINT labour_rule_position_has_1_to_100_characters CHECK (char_length(position) BETWEEN 1 AND 100),
  CONSTRAINT labour_rule_kind_is_known
    CHECK (kind IN ('minimum_rest', 'maximum_daily_hours', 'maximum_weekly_hours',
                    'maximum_consecutive_days', 'break_after')),
  CONSTRAINT labour_rule_effect_is_known CHECK (effect IN ('warn', 'block')),
  CONSTRAINT labour_rule_has_the_limit_of_its_kind
    CHECK ((kind = 'maximum_consecutive_days') = (limit_days IS NOT NULL)
           AND (kind = 'maximum_consecutive_days') = (limit_minutes IS NULL)
           AND (kind = 'break_after') = (break_minutes IS NOT NULL)),
  CONSTRAINT labour_rule_limit_is_1_minute_to_1_week CHECK (limit_minutes BETWEEN 1 AND 10080),
  CONSTRAINT labour_rule_limit_is_1_to_60_days CHECK (limit_days BETWEEN 1 AND 60),
  CONSTRAINT labour_rule_break_is_1_to_720_minutes CHECK (break_minutes BETWEEN 1 AND 720)
);
CREATE INDEX labour_rules_by_employee ON labour_rules (organisation_id, employee_id)
  WHERE employee_id IS NOT NULL;

CREATE TABLE labour_rule_overrides (
  organisation_id uuid           NOT NULL,
  id              uuid           NOT NULL,
  rule_id         uuid,
  rule_name       text           NOT NULL,
  employee_id     uuid           NOT NULL,
  starts_at       timestamptz(0) NOT NULL,
  ends_at         timestamptz(0) NOT NULL,
  excess          integer        NOT NULL,
  reason          text           NOT NULL,
  person_id       uuid           NOT NULL,
  created_at      timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT labour_rule_overrides_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT labour_rule_override_rule_exists
    FOREIGN KEY (organisation_id, rule_id) REFERENCES labour_rules (organisation_id, id)
    ON DELETE SET NULL (rule_id),
  CONSTRAINT labour_rule_override_employee_exists
    FOREIGN KEY (organisation_id, employee_id) REFERENCES employees (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT labour_rule_override_is_by_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id),
  CONSTRAINT labour_rule_override_reason_has_1_to_500_characters
    CHECK (char_length(reason) BETWEEN 1 AND 500)
);
CREATE INDEX labour_rule_overrides_by_employee
  ON labour_rule_overrides (organisation_id, employee_id, starts_at);
CREATE INDEX labour_rule_overrides_by_rule ON labour_rule_overrides (organisation_id, rule_id);

-- What holds for everybody is for everybody to read: a member's swap is judged by it.
ALTER TABLE labour_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE labour_rules FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON labour_rules TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON labour_rules TO benchbook_owner USING (true);

ALTER TABLE labour_rule_overrides ENABLE ROW LEVEL SECURITY;
ALTER TABLE labour_rule_overrides FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON labour_rule_overrides TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id() AND (SELECT sees_everyone()));
CREATE POLICY owner_maintains ON labour_rule_overrides TO benchbook_owner USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON labour_rules TO benchbook_app;
GRANT SELECT, INSERT ON labour_rule_overrides TO benchbook_app;
GRANT SELECT ON labour_rules, labour_rule_overrides TO benchbook_readonly;

-- What an hour costs: the organisation's currency, and rates with the day from which they count.

CREATE TABLE billing_settings (
  organisation_id     uuid        NOT NULL,
  currency            text        NOT NULL DEFAULT 'EUR',
  members_see_amounts boolean     NOT NULL DEFAULT false,
  created_at          timestamptz NOT NULL DEFAULT now(),
  updated_at          timestamptz NOT NULL DEFAULT now(),
  revision            integer     NOT NULL DEFAULT 1,
  CONSTRAINT billing_settings_pkey PRIMARY KEY (organisation_id),
  CONSTRAINT billing_settings_belong_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT currency_has_three_capital_letters CHECK (currency ~ '^[A-Z]{3}$')
);

-- Whom and what a rate is for: a person in a project, a project, a person, or with neither everybody
-- and everything. It counts from effective_from (a day in time_zone, whose first instant is
-- starts_at; none: since ever) until the next rate of the same person and project. Without an
-- hourly_rate there is none of its own from then on, and a less specific one counts.
CREATE TABLE rates (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  person_id       uuid,
  project_id      uuid,
  effective_from  date,
  time_zone       text        NOT NULL,
  starts_at       timestamptz NOT NULL,
  hourly_rate     numeric(12, 4),
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT rates_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT rate_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT rate_person_exists
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id),
  CONSTRAINT rate_project_exists
    FOREIGN KEY (organisation_id, project_id) REFERENCES projects (organisation_id, id),
  CONSTRAINT one_rate_from_a_day_on
    UNIQUE NULLS NOT DISTINCT (organisation_id, person_id, project_id, effective_from),
  CONSTRAINT one_rate_from_an_instant_on
    UNIQUE NULLS NOT DISTINCT (organisation_id, person_id, project_id, starts_at),
  CONSTRAINT rate_since_ever_has_no_start
    CHECK ((effective_from IS NULL) = (starts_at = '-infinity')),
  CONSTRAINT hourly_rate_is_0_to_99999999 CHECK (hourly_rate BETWEEN 0 AND 99999999.9999)
);
CREATE INDEX rates_by_project ON rates (organisation_id, project_id) WHERE project_id IS NOT NULL;

ALTER TABLE billing_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON billing_settings TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON billing_settings TO benchbook_owner USING (true);

CREATE FUNCTION members_see_amounts() RETURNS boolean
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN EXISTS (SELECT FROM billing_settings
                 WHERE organisation_id = current_organisation_id() AND members_see_amounts);

-- What others earn is theirs: members see no rates, or where the organisation allows it those that
-- their own hours may be charged with.
ALTER TABLE rates ENABLE ROW LEVEL SECURITY;
ALTER TABLE rates FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rates ON rates TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND ((SELECT sees_everyone())
              OR ((person_id IS NULL OR person_id = (SELECT current_person_id()))
                  AND (SELECT members_see_amounts()))));
CREATE POLICY owner_maintains ON rates TO benchbook_owner USING (true);

GRANT SELECT, INSERT, UPDATE ON billing_settings TO benchbook_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON rates TO benchbook_app;
GRANT SELECT ON billing_settings, rates TO benchbook_readonly;

-- What is odd in somebody's hours and what was done about it: from when on something counts as
-- odd, what is meant to be so, and the repairs, which can be taken back for 30 days. And targets:
-- how long somebody means to work on each weekday.

-- The organisation's defaults and each person's own; NULL is "as the organisation says", and in
-- the organisation's row "as Benchbook says". Zero turns a check off.
CREATE TABLE check_defaults (
  organisation_id       uuid        NOT NULL,
  minimum_gap_seconds   integer,
  longest_gap_seconds   integer,
  short_session_seconds integer,
  long_session_seconds  integer,
  notice_overnight      boolean,
  created_at            timestamptz NOT NULL DEFAULT now(),
  updated_at            timestamptz NOT NULL DEFAULT now(),
  revision              integer     NOT NULL DEFAULT 1,
  CONSTRAINT check_defaults_pkey PRIMARY KEY (organisation_id),
  CONSTRAINT check_defaults_belong_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT default_minimum_gap_is_1_minute_to_1_day CHECK (minimum_gap_seconds BETWEEN 60 AND 86400),
  CONSTRAINT default_longest_gap_is_at_most_1_day CHECK (longest_gap_seconds BETWEEN 0 AND 86400),
  CONSTRAINT default_short_session_is_at_most_1_hour CHECK (short_session_seconds BETWEEN 0 AND 3600),
  CONSTRAINT default_long_session_is_at_most_31_days CHECK (long_session_seconds BETWEEN 0 AND 2678400)
);

CREATE TABLE check_settings (
  organisation_id       uuid        NOT NULL,
  person_id             uuid        NOT NULL,
  minimum_gap_seconds   integer,
  longest_gap_seconds   integer,
  short_session_seconds integer,
  long_session_seconds  integer,
  notice_overnight      boolean,
  created_at            timestamptz NOT NULL DEFAULT now(),
  updated_at            timestamptz NOT NULL DEFAULT now(),
  revision              integer     NOT NULL DEFAULT 1,
  CONSTRAINT check_settings_pkey PRIMARY KEY (organisation_id, person_id),
  CONSTRAINT check_settings_belong_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id),
  CONSTRAINT own_minimum_gap_is_1_minute_to_1_day CHECK (minimum_gap_seconds BETWEEN 60 AND 86400),
  CONSTRAINT own_longest_gap_is_at_most_1_day CHECK (longest_gap_seconds BETWEEN 0 AND 86400),
  CONSTRAINT own_short_session_is_at_most_1_hour CHECK (short_session_seconds BETWEEN 0 AND 3600),
  CONSTRAINT own_long_session_is_at_most_31_days CHECK (long_session_seconds BETWEEN 0 AND 2678400)
);

-- A finding that is meant to be so. It is not shown again while it lies within the times it was
-- kept for; a gap belongs to no session, the others to the ones they were found in. No foreign
-- key to sessions, whose key holds the start that a repair may move.
CREATE TABLE kept_findings (
  organisation_id  uuid           NOT NULL,
  id               uuid           NOT NULL,
  person_id        uuid           NOT NULL,
  kind             text           NOT NULL,
  session_id       uuid,
  other_session_id uuid,
  started_at       timestamptz(0) NOT NULL,
  ended_at         timestamptz(0) NOT NULL,
  created_at       timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT kept_findings_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT kept_finding_belongs_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id),
  CONSTRAINT kept_finding_kind_is_known CHECK (kind IN ('overlap', 'gap', 'short', 'long')),
  CONSTRAINT kept_gap_is_of_no_session CHECK ((kind = 'gap') = (session_id IS NULL)),
  CONSTRAINT kept_overlap_is_of_two_sessions CHECK ((kind = 'overlap') = (other_session_id IS NOT NULL)),
  CONSTRAINT kept_finding_does_not_end_before_it_starts CHECK (ended_at >= started_at)
);
CREATE INDEX kept_findings_by_person ON kept_findings (organisation_id, person_id, ended_at);

-- What a repair did, with what it takes to undo it.
CREATE TABLE session_repairs (
  organisation_id      uuid        NOT NULL,
  id                   uuid        NOT NULL,
  person_id            uuid        NOT NULL,
  done_by              uuid        NOT NULL,
  kind                 text        NOT NULL,
  action               text        NOT NULL,
  total_change_seconds integer     NOT NULL,
  changes              jsonb       NOT NULL,
  created_at           timestamptz NOT NULL DEFAULT now(),
  undone_at            timestamptz,
  CONSTRAINT session_repairs_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT session_repair_belongs_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id),
  CONSTRAINT session_repair_was_done_by_a_person
    FOREIGN KEY (organisation_id, done_by) REFERENCES people (organisation_id, id)
);
CREATE INDEX session_repairs_by_person
  ON session_repairs (organisation_id, person_id, created_at DESC, id DESC);
CREATE INDEX session_repairs_by_age ON session_repairs (created_at);

-- "Keep running" puts the notice of a long timer off, on all of the person's devices.
ALTER TABLE running_sessions ADD COLUMN notice_snoozed_until timestamptz;

-- From a day on, the seconds for each weekday (Monday first); weekly_seconds where the week's
-- target is not the sum of its days. Earlier days keep the target that was theirs.
CREATE TABLE targets (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  person_id       uuid        NOT NULL,
  effective_from  date        NOT NULL,
  daily_seconds   integer[]   NOT NULL,
  weekly_seconds  integer,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT targets_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT target_belongs_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id),
  CONSTRAINT one_target_from_a_day_on UNIQUE (organisation_id, person_id, effective_from),
  CONSTRAINT target_has_seven_days CHECK (cardinality(daily_seconds) = 7),
  CONSTRAINT target_of_a_day_is_at_most_24_hours
    CHECK (0 <= ALL (daily_seconds) AND 86400 >= ALL (daily_seconds)),
  CONSTRAINT target_of_a_week_is_at_most_168_hours CHECK (weekly_seconds BETWEEN 0 AND 604800)
);

ALTER TABLE check_defaults ENABLE ROW LEVEL SECURITY;
ALTER TABLE check_defaults FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON check_defaults TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON check_defaults TO benchbook_owner USING (true);

ALTER TABLE check_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE check_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY own_settings ON check_settings TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND ((SELECT sees_everyone()) OR person_id = (SELECT current_person_id())));
CREATE POLICY owner_maintains ON check_settings TO benchbook_owner USING (true);

ALTER TABLE kept_findings ENABLE ROW LEVEL SECURITY;
ALTER TABLE kept_findings FORCE ROW LEVEL SECURITY;
CREATE POLICY own_findings ON kept_findings TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND ((SELECT sees_everyone()) OR person_id = (SELECT current_person_id())));
CREATE POLICY owner_maintains ON kept_findings TO benchbook_owner USING (true);

ALTER TABLE session_repairs ENABLE ROW LEVEL SECURITY;
ALTER TABLE session_repairs FORCE ROW LEVEL SECURITY;
CREATE POLICY own_repairs ON session_repairs TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND ((SELECT sees_everyone()) OR person_id = (SELECT current_person_id())));
CREATE POLICY owner_maintains ON session_repairs TO benchbook_owner USING (true);

ALTER TABLE targets ENABLE ROW LEVEL SECURITY;
ALTER TABLE targets FORCE ROW LEVEL SECURITY;
CREATE POLICY own_targets ON targets TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND ((SELECT sees_everyone()) OR person_id = (SELECT current_person_id())));
CREATE POLICY owner_maintains ON targets TO benchbook_owner USING (true);

GRANT SELECT, INSERT, UPDATE ON check_defaults, check_settings, session_repairs TO benchbook_app;
GRANT SELECT, INSERT, DELETE ON kept_findings TO benchbook_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON targets TO benchbook_app;
GRANT SELECT ON check_defaults, check_settings, kept_findings, session_repairs, targets
  TO benchbook_readonly;

-- A repair can be taken back for 30 days, as long as the bin keeps what it deleted.
CREATE FUNCTION forget_old_repairs() RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  DELETE FROM session_repairs WHERE created_at < now() - interval '30 days'
$$;
REVOKE ALL ON FUNCTION forget_old_repairs() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_old_repairs() TO benchbook_app;

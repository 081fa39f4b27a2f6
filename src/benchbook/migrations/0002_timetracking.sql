-- Hours: clients, projects, tags, the running session of each person and the saved ones.

CREATE TABLE clients (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  name            text        NOT NULL,
  archived_at     timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT clients_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT client_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT client_name_is_used_once UNIQUE (organisation_id, name),
  CONSTRAINT client_name_has_1_to_200_characters CHECK (char_length(name) BETWEEN 1 AND 200)
);

CREATE TABLE projects (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  client_id       uuid,
  name            text        NOT NULL,
  colour          text        NOT NULL,
  billable        boolean     NOT NULL DEFAULT false,
  archived_at     timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT projects_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT project_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT project_client_exists
    FOREIGN KEY (organisation_id, client_id) REFERENCES clients (organisation_id, id),
  CONSTRAINT project_name_is_used_once_per_client
    UNIQUE NULLS NOT DISTINCT (organisation_id, client_id, name),
  CONSTRAINT project_name_has_1_to_200_characters CHECK (char_length(name) BETWEEN 1 AND 200),
  CONSTRAINT project_colour_is_hexadecimal CHECK (colour ~ '^#[0-9a-f]{6}$')
);
CREATE INDEX projects_by_client ON projects (organisation_id, client_id);

CREATE TABLE tags (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  name            text        NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT tags_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT tag_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT tag_name_is_used_once UNIQUE (organisation_id, name),
  CONSTRAINT tag_name_has_1_to_50_characters CHECK (char_length(name) BETWEEN 1 AND 50)
);

-- The session that a person has running: in a small table of its own, so that "one per person"
-- is a plain constraint, whatever month the session started in.
-- Instants are whole seconds (timestamptz(0)), so that every sum of durations is exact.
CREATE TABLE running_sessions (
  organisation_id uuid           NOT NULL,
  id              uuid           NOT NULL,
  person_id       uuid           NOT NULL,
  project_id      uuid,
  name            text           NOT NULL,
  tags            text[]         NOT NULL DEFAULT '{}',
  billable        boolean        NOT NULL DEFAULT false,
  started_at      timestamptz(0) NOT NULL,
  created_at      timestamptz    NOT NULL DEFAULT now(),
  updated_at      timestamptz    NOT NULL DEFAULT now(),
  revision        integer        NOT NULL DEFAULT 1,
  CONSTRAINT running_sessions_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT one_running_session_per_person UNIQUE (organisation_id, person_id),
  CONSTRAINT running_session_belongs_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id),
  CONSTRAINT running_session_project_exists
    FOREIGN KEY (organisation_id, project_id) REFERENCES projects (organisation_id, id),
  CONSTRAINT running_session_name_has_at_most_500_characters CHECK (char_length(name) <= 500)
);
CREATE INDEX running_sessions_by_project ON running_sessions (organisation_id, project_id);

-- The saved sessions, partitioned by the month (UTC) in which they started. deleted_at puts one
-- in the bin.
CREATE TABLE sessions (
  organisation_id  uuid           NOT NULL,
  id               uuid           NOT NULL,
  person_id        uuid           NOT NULL,
  project_id       uuid,
  name             text           NOT NULL,
  tags             text[]         NOT NULL DEFAULT '{}',
  billable         boolean        NOT NULL DEFAULT false,
  started_at       timestamptz(0) NOT NULL,
  ended_at         timestamptz(0) NOT NULL,
  duration_seconds integer        NOT NULL
    GENERATED ALWAYS AS (extract(epoch FROM ended_at - started_at)::integer) STORED,
  deleted_at       timestamptz,
  created_at       timestamptz    NOT NULL DEFAULT now(),
  updated_at       timestamptz    NOT NULL DEFAULT now(),
  revision         integer        NOT NULL DEFAULT 1,
  CONSTRAINT sessions_pkey PRIMARY KEY (organisation_id, id, started_at),
  CONSTRAINT session_belongs_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id),
  CONSTRAINT session_project_exists
    FOREIGN KEY (organisation_id, project_id) REFERENCES projects (organisation_id, id),
  CONSTRAINT session_name_has_at_most_500_characters CHECK (char_length(name) <= 500),
  CONSTRAINT session_does_not_end_before_it_starts CHECK (ended_at >= started_at)
) PARTITION BY RANGE (started_at);

CREATE INDEX sessions_by_person ON sessions (organisation_id, person_id, started_at DESC, id DESC)
  INCLUDE (duration_seconds) WHERE deleted_at IS NULL;
CREATE INDEX sessions_by_start ON sessions (organisation_id, started_at DESC, id DESC)
  WHERE deleted_at IS NULL;
CREATE INDEX sessions_by_project ON sessions (organisation_id, project_id)
  WHERE project_id IS NOT NULL;
CREATE INDEX sessions_in_the_bin ON sessions (organisation_id, person_id, started_at DESC, id DESC)
  WHERE deleted_at IS NOT NULL;

CREATE TABLE sessions_before_2000 PARTITION OF sessions
  FOR VALUES FROM (MINVALUE) TO ('2000-01-01 00:00:00+00');

-- Makes the partition of the month that holds `instant`, if it is not there. The application
-- calls it when a month is written to for the first time; it is the only way in which the
-- application's work makes a table, and the name and bounds come from the date alone.
-- The table is made on its own and then attached, which neither readers nor writers wait for.
CREATE FUNCTION make_sessions_partition(instant timestamptz) RETURNS void
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
  IF to_regclass(partition) IS NOT NULL THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE sessions INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS)',
                 partition);
  EXECUTE format('ALTER TABLE sessions ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                 partition, month_start, month_end);
END
$$;

DO $$
BEGIN
  FOR month IN -12..3 LOOP
    PERFORM make_sessions_partition(now() + make_interval(months => month));
  END LOOP;
END
$$;

-- Row-level security: the organisation's border for all, and the person's own sessions unless
-- the role sees everyone's (managers and above).

ALTER TABLE clients ENABLE ROW LEVEL SECURITY;
ALTER TABLE clients FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON clients TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON clients TO benchbook_owner USING (true);

ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON projects TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON projects TO benchbook_owner USING (true);

ALTER TABLE tags ENABLE ROW LEVEL SECURITY;
ALTER TABLE tags FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON tags TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON tags TO benchbook_owner USING (true);

ALTER TABLE running_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE running_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY own_sessions ON running_sessions TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND (sees_everyone() OR person_id = current_person_id()));
CREATE POLICY owner_maintains ON running_sessions TO benchbook_owner USING (true);

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY own_sessions ON sessions TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND (sees_everyone() OR person_id = current_person_id()));
CREATE POLICY owner_maintains ON sessions TO benchbook_owner USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON clients, projects, tags, running_sessions, sessions
  TO benchbook_app;
GRANT SELECT ON clients, projects, tags, running_sessions, sessions TO benchbook_readonly;
REVOKE ALL ON FUNCTION make_sessions_partition(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_sessions_partition(timestamptz) TO benchbook_app;

-- The bin keeps a session for 30 days, and partitions are made some months ahead.
CREATE FUNCTION keep_sessions_in_order() RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  DELETE FROM sessions WHERE deleted_at < now() - interval '30 days';
  FOR month IN 0..3 LOOP
    PERFORM make_sessions_partition(now() + make_interval(months => month));
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION keep_sessions_in_order() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION keep_sessions_in_order() TO benchbook_app;

-- Imports of sessions from files: what each one added, so that it can be taken back whole.

CREATE TABLE session_imports (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  person_id       uuid        NOT NULL,
  format          text        NOT NULL,
  file_name       text        NOT NULL,
  time_zone       text        NOT NULL,
  added           integer     NOT NULL,
  duplicates      integer     NOT NULL,
  rejected        integer     NOT NULL,
  errors          jsonb       NOT NULL DEFAULT '[]',
  -- Whose sessions it added, and what it made for them.
  people_ids      uuid[]      NOT NULL DEFAULT '{}',
  project_ids     uuid[]      NOT NULL DEFAULT '{}',
  client_ids      uuid[]      NOT NULL DEFAULT '{}',
  tag_ids         uuid[]      NOT NULL DEFAULT '{}',
  created_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT session_imports_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT session_import_belongs_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id),
  CONSTRAINT session_import_format_is_known CHECK (format IN ('toggl', 'clockify', 'benchbook')),
  CONSTRAINT session_import_file_name_has_at_most_255_characters CHECK (char_length(file_name) <= 255),
  CONSTRAINT session_import_counts_are_not_negative
    CHECK (added >= 0 AND duplicates >= 0 AND rejected >= 0)
);

-- Which import a session came with. No foreign key: an import is recorded at the end of its
-- transaction, so that partitions can be made (which locks what foreign keys refer to) while a
-- long one runs. The column is NULL for all that is stored, and adding it rewrites nothing.
ALTER TABLE sessions ADD COLUMN import_id uuid;
CREATE INDEX sessions_by_import ON sessions (organisation_id, import_id)
  WHERE import_id IS NOT NULL;

ALTER TABLE session_imports ENABLE ROW LEVEL SECURITY;
ALTER TABLE session_imports FORCE ROW LEVEL SECURITY;
CREATE POLICY own_imports ON session_imports TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND (sees_everyone() OR person_id = current_person_id()));
CREATE POLICY owner_maintains ON session_imports TO benchbook_owner USING (true);

GRANT SELECT, INSERT, DELETE ON session_imports TO benchbook_app;
GRANT SELECT ON session_imports TO benchbook_readonly;

-- Which of these tags the organisation's sessions carry, also those that the asking person does
-- not see: a tag that somebody else uses must outlive the import that made it.
CREATE FUNCTION tags_in_use(names text[]) RETURNS SETOF text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT unnest(tags) FROM sessions
  WHERE organisation_id = current_organisation_id() AND tags && names
  UNION
  SELECT unnest(tags) FROM running_sessions
  WHERE organisation_id = current_organisation_id() AND tags && names
$$;
REVOKE ALL ON FUNCTION tags_in_use(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tags_in_use(text[]) TO benchbook_app;

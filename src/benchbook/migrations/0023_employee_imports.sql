-- Employees from files, and which file each came with, so that a whole import can be taken back.

CREATE TABLE employee_imports (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  person_id       uuid        NOT NULL,
  file_name       text        NOT NULL,
  added           integer     NOT NULL,
  duplicates      integer     NOT NULL,
  rejected        integer     NOT NULL,
  errors          jsonb       NOT NULL DEFAULT '[]',
  created_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT employee_imports_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT employee_import_belongs_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id),
  CONSTRAINT employee_import_file_name_has_at_most_255_characters
    CHECK (char_length(file_name) <= 255),
  CONSTRAINT employee_import_counts_are_not_negative
    CHECK (added >= 0 AND duplicates >= 0 AND rejected >= 0)
);

ALTER TABLE employees ADD COLUMN import_id uuid;
CREATE INDEX employees_by_import ON employees (organisation_id, import_id)
  WHERE import_id IS NOT NULL;

ALTER TABLE employee_imports ENABLE ROW LEVEL SECURITY;
ALTER TABLE employee_imports FORCE ROW LEVEL SECURITY;
CREATE POLICY imports_of_managers ON employee_imports TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id() AND (SELECT sees_everyone()));
CREATE POLICY owner_maintains ON employee_imports TO benchbook_owner USING (true);
GRANT SELECT, INSERT, DELETE ON employee_imports TO benchbook_app;
GRANT SELECT ON employee_imports TO benchbook_readonly;

-- As when one is deleted: out of sight, and to be restored for 30 days.
CREATE FUNCTION remove_employees_of_import(which uuid) RETURNS bigint
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  WITH removed AS (
    UPDATE employees
    SET removed_at = now(), revision = revision + 1
    WHERE organisation_id = current_organisation_id() AND import_id = which AND removed_at IS NULL
    RETURNING id
  )
  SELECT count(*) FROM removed;
$$;
REVOKE ALL ON FUNCTION remove_employees_of_import(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION remove_employees_of_import(uuid) TO benchbook_app;

-- Imports of sequences from files: how far each one is, and what it added, so that it can go on
-- after a crash and be taken back whole.

CREATE TABLE sequence_imports (
  organisation_id   uuid        NOT NULL,
  id                uuid        NOT NULL,
  collection_id     uuid        NOT NULL,
  person_id         uuid        NOT NULL,
  status            text        NOT NULL DEFAULT 'running',
  format            text        NOT NULL,
  filename          text        NOT NULL,
  bytes_total       bigint      NOT NULL,
  bytes_read        bigint      NOT NULL DEFAULT 0,
  -- Written in the transaction that adds the records: whoever goes on begins after so many.
  records_read      bigint      NOT NULL DEFAULT 0,
  added             bigint      NOT NULL DEFAULT 0,
  duplicates        bigint      NOT NULL DEFAULT 0,
  rejected          bigint      NOT NULL DEFAULT 0,
  names_not_kept    bigint      NOT NULL DEFAULT 0,
  errors            jsonb       NOT NULL DEFAULT '[]',
  failure           text,
  -- Between these lie the ids of what it added: the primary key of sequences finds them then, and
  -- an import pays for no index of its own.
  first_sequence_id uuid,
  last_sequence_id  uuid,
  -- Which worker reads the file, and until when nobody else does.
  worker            uuid,
  leased_until      timestamptz,
  created_at        timestamptz NOT NULL DEFAULT now(),
  finished_at       timestamptz,
  revision          integer     NOT NULL DEFAULT 1,
  CONSTRAINT sequence_imports_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT sequence_import_goes_into_a_collection
    FOREIGN KEY (organisation_id, collection_id) REFERENCES collections (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT sequence_import_belongs_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id),
  CONSTRAINT sequence_import_status_is_known
    CHECK (status IN ('running', 'done', 'failed', 'cancelled')),
  CONSTRAINT sequence_import_format_is_known CHECK (format IN ('fasta', 'fastq', 'genbank')),
  CONSTRAINT sequence_import_filename_has_at_most_255_characters
    CHECK (char_length(filename) <= 255),
  CONSTRAINT sequence_import_counts_are_not_negative
    CHECK (added >= 0 AND duplicates >= 0 AND rejected >= 0 AND records_read >= 0)
);
CREATE INDEX sequence_imports_by_collection ON sequence_imports (organisation_id, collection_id);
CREATE INDEX sequence_imports_that_run ON sequence_imports (leased_until)
  WHERE status = 'running';

CREATE INDEX sequence_aliases_by_import ON sequence_aliases (organisation_id, import_id)
  WHERE import_id IS NOT NULL;

ALTER TABLE sequence_imports ENABLE ROW LEVEL SECURITY;
ALTER TABLE sequence_imports FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON sequence_imports TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON sequence_imports TO benchbook_owner USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON sequence_imports TO benchbook_app;
GRANT SELECT ON sequence_imports TO benchbook_readonly;

-- Imports that nobody works on: no server that runs has their file. Of all organisations.
CREATE FUNCTION forsaken_sequence_imports(since interval)
  RETURNS TABLE (organisation_id uuid, id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT organisation_id, id
  FROM sequence_imports
  WHERE status = 'running' AND coalesce(leased_until, created_at) < now() - since
$$;
REVOKE ALL ON FUNCTION forsaken_sequence_imports(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forsaken_sequence_imports(interval) TO benchbook_app;

CALL announce_changes('sequence_imports', 'sequence_imports', 'announce_shared');

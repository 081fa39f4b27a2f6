-- Every record that an import rejected. The first thousand stand in the import's own row, as ever;
-- here are those after them, a piece of the file a row, so that a file of nothing but faults costs
-- a few bytes a record.

CREATE TABLE sequence_import_rejections (
  organisation_id uuid    NOT NULL,
  import_id       uuid    NOT NULL,
  -- How many of the import's rejections come before the first of these.
  place           bigint  NOT NULL,
  count           integer NOT NULL,
  -- [{"line": 1, "name": "", "detail": ""}, ...] in the order of the file.
  rejections      jsonb   NOT NULL,
  CONSTRAINT sequence_import_rejections_pkey PRIMARY KEY (organisation_id, import_id, place),
  CONSTRAINT rejections_belong_to_an_import
    FOREIGN KEY (organisation_id, import_id) REFERENCES sequence_imports (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT rejections_are_counted CHECK (count = jsonb_array_length(rejections))
);

ALTER TABLE sequence_import_rejections ENABLE ROW LEVEL SECURITY;
ALTER TABLE sequence_import_rejections FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON sequence_import_rejections TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON sequence_import_rejections TO benchbook_owner USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON sequence_import_rejections TO benchbook_app;
GRANT SELECT ON sequence_import_rejections TO benchbook_readonly;

-- What lies where on a sequence: genes, promoters, primers, as GenBank files say it.

CREATE TABLE sequence_features (
  organisation_id uuid    NOT NULL,
  sequence_id     uuid    NOT NULL,
  -- Its place in the file's table.
  place           integer NOT NULL,
  type            text    NOT NULL,
  label           text    NOT NULL,
  strand          text    NOT NULL,
  location        text    NOT NULL,
  -- [[start, end], ...], 0-based and half-open; none where the location could not be read.
  spans           jsonb   NOT NULL,
  -- [[name, value], ...] in the order of the file.
  qualifiers      jsonb   NOT NULL,
  import_id       uuid,
  CONSTRAINT sequence_features_pkey PRIMARY KEY (organisation_id, sequence_id, place),
  CONSTRAINT feature_belongs_to_a_sequence
    FOREIGN KEY (organisation_id, sequence_id) REFERENCES sequences (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT feature_strand_is_known CHECK (strand IN ('forward', 'reverse', 'both')),
  CONSTRAINT feature_type_has_at_most_50_characters CHECK (char_length(type) <= 50),
  CONSTRAINT feature_label_has_at_most_200_characters CHECK (char_length(label) <= 200)
);
CREATE INDEX sequence_features_by_import ON sequence_features (organisation_id, import_id)
  WHERE import_id IS NOT NULL;

ALTER TABLE sequence_features ENABLE ROW LEVEL SECURITY;
ALTER TABLE sequence_features FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON sequence_features TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON sequence_features TO benchbook_owner USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON sequence_features TO benchbook_app;
GRANT SELECT ON sequence_features TO benchbook_readonly;

-- What is said about all sequences of a file.

ALTER TABLE sequence_imports
  ADD COLUMN tags     text[]  NOT NULL DEFAULT '{}',
  ADD COLUMN circular boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT sequence_import_has_at_most_50_tags CHECK (cardinality(tags) <= 50);

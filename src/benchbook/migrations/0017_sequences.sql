-- Sequences: what came off the sequencer, in collections. The same bases are in a collection once,
-- under as many names as people have for them.

CREATE TABLE collections (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  name            text        NOT NULL,
  description     text        NOT NULL DEFAULT '',
  is_default      boolean     NOT NULL DEFAULT false,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT collections_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT collection_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT collection_name_has_1_to_200_characters CHECK (char_length(name) BETWEEN 1 AND 200),
  CONSTRAINT collection_description_has_at_most_5000_characters
    CHECK (char_length(description) <= 5000)
);
CREATE UNIQUE INDEX collection_name_is_used_once ON collections (organisation_id, lower(name));
CREATE UNIQUE INDEX an_organisation_has_one_default_collection
  ON collections (organisation_id) WHERE is_default;

-- Bases are stored as they are, never compressed: a piece of a long sequence is then read without
-- the rest of it (substr). Digests are bytes, half the size of their texts: `digest` is GA4GH's
-- sha512t24u, `reverse_digest` that of the reverse complement, by which it is found.
CREATE TABLE sequences (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  collection_id   uuid        NOT NULL,
  length          integer     NOT NULL,
  circular        boolean     NOT NULL DEFAULT false,
  digest          bytea       NOT NULL,
  reverse_digest  bytea       NOT NULL,
  md5             bytea       NOT NULL,
  created_by      uuid,
  import_id       uuid,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  name            text        NOT NULL DEFAULT '',
  description     text        NOT NULL DEFAULT '',
  tags            text[]      NOT NULL DEFAULT '{}',
  bases           text        NOT NULL,
  CONSTRAINT sequences_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT sequence_collection_exists
    FOREIGN KEY (organisation_id, collection_id) REFERENCES collections (organisation_id, id),
  CONSTRAINT sequence_creator_exists
    FOREIGN KEY (organisation_id, created_by) REFERENCES people (organisation_id, id),
  -- The digest stands for the bases. Digest before collection: one index answers in which
  -- collections bases are, too.
  CONSTRAINT bases_are_in_a_collection_once UNIQUE (organisation_id, digest, collection_id),
  -- With the collation "C" this costs a microsecond for 100 letters and 90 ms for ten million.
  CONSTRAINT sequence_has_upper_case_acgt_only CHECK (bases COLLATE "C" !~ '[^ACGT]'),
  -- A letter is a byte, and the bytes are counted without reading them.
  CONSTRAINT sequence_length_is_that_of_its_bases CHECK (length = octet_length(bases)),
  CONSTRAINT sequence_has_1_to_10000000_letters CHECK (length BETWEEN 1 AND 10000000),
  CONSTRAINT sequence_digest_has_24_bytes CHECK (octet_length(digest) = 24),
  CONSTRAINT sequence_reverse_digest_has_24_bytes CHECK (octet_length(reverse_digest) = 24),
  CONSTRAINT sequence_md5_has_16_bytes CHECK (octet_length(md5) = 16),
  CONSTRAINT sequence_name_has_at_most_500_characters CHECK (char_length(name) <= 500),
  CONSTRAINT sequence_description_has_at_most_5000_characters
    CHECK (char_length(description) <= 5000)
);
ALTER TABLE sequences ALTER COLUMN bases SET STORAGE EXTERNAL;
CREATE INDEX sequences_by_collection ON sequences (organisation_id, collection_id, id);
CREATE INDEX sequences_by_md5 ON sequences (organisation_id, md5);

-- Further names of a sequence: what its duplicates were called.
CREATE TABLE sequence_aliases (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  sequence_id     uuid        NOT NULL,
  name            text        NOT NULL,
  import_id       uuid,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT sequence_aliases_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT alias_belongs_to_a_sequence
    FOREIGN KEY (organisation_id, sequence_id) REFERENCES sequences (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT a_sequence_has_an_alias_once UNIQUE (organisation_id, sequence_id, name),
  CONSTRAINT alias_has_1_to_500_characters CHECK (char_length(name) BETWEEN 1 AND 500)
);

-- How many sequences and letters a collection holds is the sum of what was added and taken away.
-- Whoever adds sequences adds a row here, and waits for nobody; a counter in the collection's own
-- row would have everybody wait for whoever imports. Now and then the rows become one.
CREATE TABLE collection_counts (
  organisation_id uuid   NOT NULL,
  id              uuid   NOT NULL DEFAULT gen_random_uuid(),
  collection_id   uuid   NOT NULL,
  sequences       bigint NOT NULL,
  letters         bigint NOT NULL,
  CONSTRAINT collection_counts_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT count_belongs_to_a_collection
    FOREIGN KEY (organisation_id, collection_id) REFERENCES collections (organisation_id, id)
    ON DELETE CASCADE
);
CREATE INDEX collection_counts_by_collection
  ON collection_counts (organisation_id, collection_id) INCLUDE (sequences, letters);

-- Makes one row of many, collection by collection. Rows that somebody else is adding up at the same
-- instant are left to them.
CREATE FUNCTION add_up_collection_counts() RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  WITH crowded AS (
    SELECT organisation_id, collection_id
    FROM collection_counts
    GROUP BY organisation_id, collection_id
    HAVING count(*) > 1
  ), taken AS (
    SELECT counts.organisation_id, counts.id
    FROM collection_counts AS counts
    JOIN crowded USING (organisation_id, collection_id)
    FOR UPDATE OF counts SKIP LOCKED
  ), gone AS (
    DELETE FROM collection_counts AS counts
    USING taken
    WHERE counts.organisation_id = taken.organisation_id AND counts.id = taken.id
    RETURNING counts.organisation_id, counts.collection_id, counts.sequences, counts.letters
  )
  INSERT INTO collection_counts (organisation_id, collection_id, sequences, letters)
  SELECT organisation_id, collection_id, sum(sequences), sum(letters)
  FROM gone
  GROUP BY organisation_id, collection_id;
$$;

CREATE FUNCTION count_added_sequences() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  INSERT INTO collection_counts (organisation_id, collection_id, sequences, letters)
  SELECT organisation_id, collection_id, count(*), sum(length)
  FROM added
  GROUP BY organisation_id, collection_id;
  IF random() < 0.02 THEN
    PERFORM add_up_collection_counts();
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION count_removed_sequences() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  INSERT INTO collection_counts (organisation_id, collection_id, sequences, letters)
  SELECT removed.organisation_id, removed.collection_id, -count(*), -sum(removed.length)
  FROM removed
  GROUP BY removed.organisation_id, removed.collection_id;
  RETURN NULL;
END
$$;

CREATE FUNCTION count_moved_sequences() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  INSERT INTO collection_counts (organisation_id, collection_id, sequences, letters)
  SELECT organisation_id, collection_id, sum(sequences), sum(letters)
  FROM (
    SELECT organisation_id, collection_id, 1 AS sequences, length AS letters FROM added
    UNION ALL
    SELECT organisation_id, collection_id, -1, -length FROM removed
  ) AS changes
  GROUP BY organisation_id, collection_id
  HAVING sum(sequences) <> 0 OR sum(letters) <> 0;
  RETURN NULL;
END
$$;

CREATE TRIGGER count_added AFTER INSERT ON sequences
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION count_added_sequences();
CREATE TRIGGER count_removed AFTER DELETE ON sequences
  REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION count_removed_sequences();
CREATE TRIGGER count_moved AFTER UPDATE ON sequences
  REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION count_moved_sequences();

-- Every organisation has a default collection from its beginning.
CREATE FUNCTION add_default_collection() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  INSERT INTO collections (organisation_id, id, name, is_default)
  VALUES (NEW.id, gen_random_uuid(), 'Default', true);
  RETURN NULL;
END
$$;
CREATE TRIGGER default_collection AFTER INSERT ON organisations
  FOR EACH ROW EXECUTE FUNCTION add_default_collection();

REVOKE ALL ON FUNCTION count_added_sequences(), count_removed_sequences(), count_moved_sequences(),
  add_default_collection(), add_up_collection_counts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION add_up_collection_counts() TO benchbook_app;

ALTER TABLE collections ENABLE ROW LEVEL SECURITY;
ALTER TABLE collections FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON collections TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON collections TO benchbook_owner USING (true);

ALTER TABLE sequences ENABLE ROW LEVEL SECURITY;
ALTER TABLE sequences FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON sequences TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON sequences TO benchbook_owner USING (true);

ALTER TABLE sequence_aliases ENABLE ROW LEVEL SECURITY;
ALTER TABLE sequence_aliases FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON sequence_aliases TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON sequence_aliases TO benchbook_owner USING (true);

ALTER TABLE collection_counts ENABLE ROW LEVEL SECURITY;
ALTER TABLE collection_counts FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON collection_counts TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON collection_counts TO benchbook_owner USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON collections, sequences, sequence_aliases TO benchbook_app;
GRANT SELECT ON collection_counts TO benchbook_app;
GRANT SELECT ON collections, sequences, sequence_aliases, collection_counts TO benchbook_readonly;

INSERT INTO collections (organisation_id, id, name, is_default)
SELECT id, gen_random_uuid(), 'Default', true
FROM organisations;

CALL announce_changes('collections', 'collections', 'announce_shared');
CALL announce_changes('sequences', 'sequences', 'announce_shared');

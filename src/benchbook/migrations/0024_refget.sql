-- Sequences by their digests, for programs anywhere (GA4GH refget): parts of long ones without the
-- rest, and for everybody where the organisation says so.

-- In a database whose letters may have several bytes, PostgreSQL looks for the n-th letter of a text
-- from its beginning: the last 60 of ten million letters take 80 ms. Of bytes it reads just those,
-- in 0.03 ms. So long sequences are there as bytes, too; the text is what is searched.
ALTER TABLE sequences
  ADD COLUMN long_bases bytea
    GENERATED ALWAYS AS (CASE WHEN length > 100000 THEN bases::bytea END) STORED;
ALTER TABLE sequences ALTER COLUMN long_bases SET STORAGE EXTERNAL;
-- Those that were there before the storage was said.
UPDATE sequences SET length = length WHERE length > 100000;

CREATE TABLE sequence_settings (
  organisation_id uuid        NOT NULL,
  public_refget   boolean     NOT NULL DEFAULT false,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT sequence_settings_pkey PRIMARY KEY (organisation_id),
  CONSTRAINT sequence_settings_belong_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id)
);

ALTER TABLE sequence_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE sequence_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON sequence_settings TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON sequence_settings TO benchbook_owner USING (true);
GRANT SELECT, INSERT, UPDATE ON sequence_settings TO benchbook_app;
GRANT SELECT ON sequence_settings TO benchbook_readonly;

-- Whoever asks without a credential has no organisation. Bases are the same wherever they are, so
-- any organisation that shows its sequences may answer: the one that has had these the longest.
CREATE FUNCTION public_organisation_with(wanted_digest bytea, wanted_md5 bytea) RETURNS uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT settings.organisation_id
  FROM sequence_settings AS settings
  CROSS JOIN LATERAL (
    SELECT id FROM sequences
    WHERE sequences.organisation_id = settings.organisation_id AND digest = wanted_digest
    UNION ALL
    SELECT id FROM sequences
    WHERE sequences.organisation_id = settings.organisation_id AND md5 = wanted_md5
  ) AS found
  WHERE settings.public_refget
  ORDER BY found.id
  LIMIT 1
$$;

CREATE FUNCTION shows_sequences_to_everybody() RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  RETURN EXISTS (SELECT FROM sequence_settings WHERE public_refget);

REVOKE ALL ON FUNCTION public_organisation_with(bytea, bytea), shows_sequences_to_everybody()
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public_organisation_with(bytea, bytea), shows_sequences_to_everybody()
  TO benchbook_app;

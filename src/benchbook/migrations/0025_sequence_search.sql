-- The index that similar sequences are found by, and the one door to it.

-- levenshtein_less_equal() compares rows of up to 255 letters. A trusted extension of PostgreSQL's.
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch WITH SCHEMA public;

-- The keys of a row: its segments of twelve letters, two bits each, and those of rows shorter than
-- 48 letters cut into 2, 3 and 4 even parts. benchbook/sequences/keys.py says why, and makes the
-- same codes; the higher half of a key is the organisation. An index holds what this answers, so it
-- must never answer anything else: other keys would be another function and another index.
CREATE FUNCTION sequence_search_keys(organisation uuid, bases text, circular boolean)
  RETURNS bigint[]
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
AS $$
DECLARE
  organisation_bits constant bigint := ('x' || right(organisation::text, 8))::bit(32)::bigint << 32;
  letters constant integer := length(bases);
  bits constant bit varying := replace(replace(replace(replace(
    CASE WHEN circular THEN bases || left(bases, -1) ELSE bases END,
    'A', '00'), 'C', '01'), 'G', '10'), 'T', '11')::bit varying;
  keys bigint[] := '{}';
  part_letters integer;
  cut bigint;
BEGIN
  FOR place IN 1 .. length(bits) - 23 BY 24 LOOP
    keys := array_append(keys, organisation_bits | substring(bits, place, 24)::bit(24)::bigint);
  END LOOP;
  IF letters < 48 THEN
    FOR parts IN 2 .. 4 LOOP
      CONTINUE WHEN letters < 4 * parts OR letters >= 12 * parts;
      part_letters := letters / parts;
      cut := organisation_bits | (parts::bigint << 28) | (part_letters::bigint << 24);
      FOR part IN 0 .. parts - 1 LOOP
        keys := array_append(keys, cut | (part::bigint << 22)
          | substring(bits, 2 * part_letters * part + 1, 2 * part_letters)::bit(22)::bigint);
      END LOOP;
    END LOOP;
  END IF;
  RETURN keys;
END
$$;

CREATE INDEX sequences_by_search_key ON sequences
  USING gin (sequence_search_keys(organisation_id, bases, circular)) WITH (fastupdate = off);
CREATE INDEX sequences_by_length ON sequences (organisation_id, length);

-- Under a policy nothing but leakproof operators may use an index, and && is none: the application
-- could only read all rows. These functions of the owner use it instead. They take the organisation
-- from the transaction's context, never from whoever calls them, and answer ids and distances;
-- the rows themselves are read under the policy as everywhere.
--
-- Keys are asked for 32 at a time: one && with thousands takes three times as long. Conditions are
-- written such that no other index can serve them (`length + 0`, IS NOT DISTINCT FROM): a plan that
-- was made when the table was small is kept, and would read all rows of the organisation by then.

CREATE FUNCTION sequences_with_codes(codes bigint[], shortest integer, longest integer)
  RETURNS TABLE (id uuid)
  LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER ROWS 100
  SET search_path = public, pg_temp SET enable_seqscan = off
  SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  organisation constant uuid := current_organisation_id();
  organisation_bits constant bigint := ('x' || right(organisation::text, 8))::bit(32)::bigint << 32;
  keys constant bigint[] := ARRAY(SELECT organisation_bits | code FROM unnest(codes) AS code);
BEGIN
  IF cardinality(keys) <= 32 THEN
    RETURN QUERY
    SELECT sequences.id
    FROM sequences
    WHERE sequence_search_keys(organisation_id, bases, circular) && keys
      AND organisation_id IS NOT DISTINCT FROM organisation
      AND length + 0 BETWEEN shortest AND longest;
  ELSE
    RETURN QUERY
    SELECT DISTINCT found.id
    FROM generate_series(1, cardinality(keys), 32) AS first
    CROSS JOIN LATERAL (
      SELECT sequences.id
      FROM sequences
      WHERE sequence_search_keys(organisation_id, bases, circular) && keys[first:first + 31]
        AND organisation_id IS NOT DISTINCT FROM organisation
        AND length + 0 BETWEEN shortest AND longest
    ) AS found;
  END IF;
END
$$;

-- The same, compared at once: for queries and rows of up to 255 letters together with the distance.
CREATE FUNCTION similar_sequences(codes bigint[], query text, distance integer)
  RETURNS TABLE (id uuid, edits integer)
  LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER ROWS 10
  SET search_path = public, pg_temp SET enable_seqscan = off
  SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  organisation constant uuid := current_organisation_id();
  organisation_bits constant bigint := ('x' || right(organisation::text, 8))::bit(32)::bigint << 32;
  keys constant bigint[] := ARRAY(SELECT organisation_bits | code FROM unnest(codes) AS code);
  shortest constant integer := length(query) - distance;
  longest constant integer := length(query) + distance;
BEGIN
  RETURN QUERY
  SELECT DISTINCT found.id, found.edits
  FROM generate_series(1, cardinality(keys), 32) AS first
  CROSS JOIN LATERAL (
    SELECT sequences.id, levenshtein_less_equal(bases, query, distance) AS edits
    FROM sequences
    WHERE sequence_search_keys(organisation_id, bases, circular) && keys[first:first + 31]
      AND organisation_id IS NOT DISTINCT FROM organisation
      AND length + 0 BETWEEN shortest AND longest
    -- Compared is what has passed so far, once: the comparison refuses longer rows.
    OFFSET 0
  ) AS found
  WHERE found.edits <= distance;
END
$$;

REVOKE ALL ON FUNCTION sequences_with_codes(bigint[], integer, integer),
  similar_sequences(bigint[], text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sequences_with_codes(bigint[], integer, integer),
  similar_sequences(bigint[], text, integer) TO benchbook_app;

-- Calendar feeds: addresses under which calendar applications read what a person did. The address
-- is the credential (such applications know no other), so here is only its hash.

CREATE TABLE calendar_feeds (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  person_id       uuid        NOT NULL,
  name            text        NOT NULL,
  shows           text        NOT NULL,
  token_hash      bytea       NOT NULL,
  address_made_at timestamptz NOT NULL DEFAULT now(),
  last_used_at    timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT calendar_feeds_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT calendar_feed_address_is_unique UNIQUE (organisation_id, token_hash),
  CONSTRAINT calendar_feed_name_has_1_to_100_characters CHECK (char_length(name) BETWEEN 1 AND 100),
  CONSTRAINT calendar_feed_content_is_known CHECK (shows IN ('hours', 'shifts')),
  CONSTRAINT calendar_feed_belongs_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id) ON DELETE CASCADE
);
CREATE INDEX calendar_feeds_by_person ON calendar_feeds (organisation_id, person_id, id DESC);

ALTER TABLE calendar_feeds ENABLE ROW LEVEL SECURITY;
ALTER TABLE calendar_feeds FORCE ROW LEVEL SECURITY;
CREATE POLICY own_feeds ON calendar_feeds TO benchbook_app
  USING (organisation_id = current_organisation_id() AND person_id = (SELECT current_person_id()));
CREATE POLICY owner_maintains ON calendar_feeds TO benchbook_owner USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON calendar_feeds TO benchbook_app;

-- Whoever asks holds the address and is nobody yet: answered by a function of the owner, as
-- logins and API tokens are.
CREATE FUNCTION find_calendar_feed(organisation uuid, hash bytea)
  RETURNS TABLE (feed_id uuid, person_id uuid, name text, shows text, time_zone text,
                 last_used_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT calendar_feeds.id, people.id, calendar_feeds.name, calendar_feeds.shows, people.time_zone,
         calendar_feeds.last_used_at
  FROM calendar_feeds
  JOIN people
    ON people.organisation_id = calendar_feeds.organisation_id AND people.id = calendar_feeds.person_id
  WHERE calendar_feeds.organisation_id = organisation
    AND calendar_feeds.token_hash = hash
    AND people.deactivated_at IS NULL
$$;
REVOKE ALL ON FUNCTION find_calendar_feed(uuid, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_calendar_feed(uuid, bytea) TO benchbook_app;

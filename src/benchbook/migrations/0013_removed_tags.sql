-- Tags that were deleted, or merged into another, can be had back for 30 days: which they were, and
-- which sessions carried them at which place.

CREATE TABLE removed_tags (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  name            text        NOT NULL,
  -- The tag that took its place. No foreign key: that one may be removed in its turn.
  merged_into     uuid,
  created_at      timestamptz NOT NULL,
  removed_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT removed_tags_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT removed_tag_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT removed_tag_name_has_1_to_50_characters CHECK (char_length(name) BETWEEN 1 AND 50)
);

-- No foreign key to the sessions, which may run when the tag is removed and be saved later, or be
-- gone for good by the time it comes back.
CREATE TABLE removed_tag_uses (
  organisation_id uuid     NOT NULL,
  tag_id          uuid     NOT NULL,
  session_id      uuid     NOT NULL,
  place           smallint NOT NULL,
  -- The session carried the tag that it was merged into already.
  had_both        boolean  NOT NULL,
  CONSTRAINT removed_tag_uses_pkey PRIMARY KEY (organisation_id, tag_id, session_id),
  CONSTRAINT removed_tag_use_is_of_a_removed_tag
    FOREIGN KEY (organisation_id, tag_id) REFERENCES removed_tags (organisation_id, id)
    ON DELETE CASCADE
);

ALTER TABLE removed_tags ENABLE ROW LEVEL SECURITY;
ALTER TABLE removed_tags FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON removed_tags TO benchbook_app, benchbook_readonly
  USING (organisation_id = (SELECT current_organisation_id()));
CREATE POLICY owner_maintains ON removed_tags TO benchbook_owner USING (true);

ALTER TABLE removed_tag_uses ENABLE ROW LEVEL SECURITY;
ALTER TABLE removed_tag_uses FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON removed_tag_uses TO benchbook_app, benchbook_readonly
  USING (organisation_id = (SELECT current_organisation_id()));
CREATE POLICY owner_maintains ON removed_tag_uses TO benchbook_owner USING (true);

-- UPDATE is for the lock that bringing one back takes.
GRANT SELECT, INSERT, UPDATE, DELETE ON removed_tags, removed_tag_uses TO benchbook_app;
GRANT SELECT ON removed_tags, removed_tag_uses TO benchbook_readonly;

CREATE FUNCTION forget_removed_tags() RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  DELETE FROM removed_tags WHERE removed_at < now() - interval '30 days';
$$;
REVOKE ALL ON FUNCTION forget_removed_tags() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_removed_tags() TO benchbook_app;

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

-- Webhooks: what happens to sessions is told to addresses outside, at least once. An event is kept
-- in the transaction of the change that it tells of, so none is lost, whatever is killed.

CREATE TABLE webhooks (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  -- Who made it; it ends with their access.
  owner_id        uuid        NOT NULL,
  -- Whose sessions it tells of; NULL: everybody's.
  person_id       uuid,
  url             text        NOT NULL,
  description     text        NOT NULL DEFAULT '',
  events          text[]      NOT NULL,
  -- Encrypted with a secret of this database. The one before signs as well, for a day.
  secret          bytea       NOT NULL,
  former_secret   bytea,
  former_until    timestamptz,
  disabled_at     timestamptz,
  disabled_reason text,
  last_success_at timestamptz,
  last_failure_at timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT webhooks_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT webhook_belongs_to_a_person
    FOREIGN KEY (organisation_id, owner_id) REFERENCES people (organisation_id, id) ON DELETE CASCADE,
  CONSTRAINT webhook_tells_of_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id) ON DELETE CASCADE,
  CONSTRAINT webhook_url_has_at_most_2000_characters CHECK (char_length(url) <= 2000),
  CONSTRAINT webhook_description_has_at_most_200_characters CHECK (char_length(description) <= 200),
  CONSTRAINT webhook_waits_for_an_event CHECK (cardinality(events) > 0),
  CONSTRAINT webhook_is_disabled_for_a_reason CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL)),
  CONSTRAINT webhook_is_disabled_for_a_known_reason
    CHECK (disabled_reason IN ('by_hand', 'failing', 'gone')),
  CONSTRAINT webhook_former_secret_has_an_end
    CHECK ((former_secret IS NULL) = (former_until IS NULL))
);
CREATE INDEX webhooks_by_owner ON webhooks (organisation_id, owner_id);

-- What is to be sent, and for 30 days what was: the queue and the log are one table.
CREATE TABLE webhook_deliveries (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  webhook_id      uuid        NOT NULL,
  -- The same for every webhook that is told of this event, and whenever it is sent again.
  event_id        uuid        NOT NULL,
  event_type      text        NOT NULL,
  occurred_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor_id        uuid,
  data            jsonb       NOT NULL,
  status          text        NOT NULL DEFAULT 'pending',
  attempts        smallint    NOT NULL DEFAULT 0,
  -- Since when it is tried: it happened then, or was asked to be sent again.
  queued_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- A server is sending it; if that one is killed, another may from then on.
  claimed_until   timestamptz,
  status_code     smallint,
  finished_at     timestamptz,
  CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT webhook_delivery_belongs_to_a_webhook
    FOREIGN KEY (organisation_id, webhook_id) REFERENCES webhooks (organisation_id, id) ON DELETE CASCADE,
  CONSTRAINT webhook_delivery_status_is_known CHECK (status IN ('pending', 'delivered', 'failed')),
  CONSTRAINT webhook_delivery_ends_when_it_is_no_longer_pending
    CHECK ((status = 'pending') = (finished_at IS NULL))
);
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (organisation_id, webhook_id, id DESC);
CREATE INDEX webhook_deliveries_in_turn
  ON webhook_deliveries (organisation_id, webhook_id, occurred_at, id) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (occurred_at);

-- Each time that one was sent, and what came of it.
CREATE TABLE webhook_attempts (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  webhook_id      uuid        NOT NULL,
  delivery_id     uuid        NOT NULL,
  attempted_at    timestamptz NOT NULL,
  duration_ms     integer     NOT NULL,
  status_code     smallint,
  failure         text,
  response_body   text        NOT NULL DEFAULT '',
  CONSTRAINT webhook_attempts_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT webhook_attempt_belongs_to_a_delivery
    FOREIGN KEY (organisation_id, delivery_id) REFERENCES webhook_deliveries (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT webhook_attempt_response_has_at_most_1000_characters
    CHECK (char_length(response_body) <= 1000)
);
CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (organisation_id, delivery_id, id);

INSERT INTO server_secrets (name, value)
VALUES ('webhook_secrets', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- Members see those of their own that tell of themselves, managers and above all of the
-- organisation's: where its hours go is theirs to know.
ALTER TABLE webhooks ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhooks FORCE ROW LEVEL SECURITY;
CREATE POLICY own_webhooks ON webhooks TO benchbook_app
  USING (organisation_id = current_organisation_id()
         AND ((SELECT sees_everyone())
              OR (owner_id = (SELECT current_person_id()) AND person_id = (SELECT current_person_id()))));
CREATE POLICY owner_maintains ON webhooks TO benchbook_owner USING (true);

ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_deliveries FORCE ROW LEVEL SECURITY;
CREATE POLICY of_own_webhooks ON webhook_deliveries TO benchbook_app
  USING (organisation_id = current_organisation_id()
         AND webhook_id IN (SELECT id FROM webhooks WHERE organisation_id = current_organisation_id()));
CREATE POLICY owner_maintains ON webhook_deliveries TO benchbook_owner USING (true);

ALTER TABLE webhook_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_attempts FORCE ROW LEVEL SECURITY;
CREATE POLICY of_own_webhooks ON webhook_attempts TO benchbook_app
  USING (organisation_id = current_organisation_id()
         AND webhook_id IN (SELECT id FROM webhooks WHERE organisation_id = current_organisation_id()));
CREATE POLICY owner_maintains ON webhook_attempts TO benchbook_owner USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON webhooks TO benchbook_app;
GRANT SELECT, INSERT, UPDATE ON webhook_deliveries TO benchbook_app;
GRANT SELECT, INSERT ON webhook_attempts TO benchbook_app;

-- A UUIDv7, as the application makes them: by time, to the millisecond.
CREATE FUNCTION time_ordered_uuid() RETURNS uuid
  LANGUAGE sql VOLATILE
  RETURN encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
              PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
              FROM 1 FOR 6),
      52, 1), 53, 1), 'hex')::uuid;

-- Keeps an event for each webhook that waits for it. `concerned` are the people whom it is about.
-- A webhook about others than its owner ends when the owner is no manager any more.
CREATE FUNCTION emit_webhook_event(event text, concerned uuid[], about jsonb) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  WITH emitted AS MATERIALIZED (SELECT time_ordered_uuid() AS id)
  INSERT INTO webhook_deliveries
    (organisation_id, id, webhook_id, event_id, event_type, actor_id, data)
  SELECT webhooks.organisation_id, time_ordered_uuid(), webhooks.id, emitted.id, event,
         current_person_id(), about
  FROM emitted
  CROSS JOIN webhooks
  JOIN people AS owner
    ON owner.organisation_id = webhooks.organisation_id AND owner.id = webhooks.owner_id
  WHERE webhooks.organisation_id = current_organisation_id()
    AND webhooks.disabled_at IS NULL
    AND event = ANY (webhooks.events)
    AND (webhooks.person_id IS NULL OR webhooks.person_id = ANY (concerned))
    AND owner.deactivated_at IS NULL
    AND (webhooks.person_id = webhooks.owner_id OR owner.role <> 'member')
$$;

-- A session (a row of sessions or running_sessions, as JSON) as the API answers it; a test holds
-- the two together.
CREATE FUNCTION session_for_webhooks(session jsonb) RETURNS jsonb
  LANGUAGE sql STABLE
AS $$
  SELECT jsonb_build_object(
    'id', session -> 'id',
    'name', session -> 'name',
    'note', session -> 'note',
    'started_at', to_char((session ->> 'started_at')::timestamptz AT TIME ZONE 'UTC',
                          'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'ended_at', to_char((session ->> 'ended_at')::timestamptz AT TIME ZONE 'UTC',
                        'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'duration_seconds', coalesce(
      (session ->> 'duration_seconds')::integer,
      greatest(0, floor(extract(
        epoch FROM clock_timestamp() - (session ->> 'started_at')::timestamptz)))::integer),
    'project_id', session -> 'project_id',
    'tags', session -> 'tags',
    'billable', session -> 'billable',
    'person_id', session -> 'person_id',
    'created_at', to_char((session ->> 'created_at')::timestamptz AT TIME ZONE 'UTC',
                          'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'updated_at', to_char((session ->> 'updated_at')::timestamptz AT TIME ZONE 'UTC',
                          'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'deleted_at', to_char((session ->> 'deleted_at')::timestamptz AT TIME ZONE 'UTC',
                          'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
$$;

-- What happens to sessions is told by triggers, once a statement: whatever writes (the timer, the
-- form, many at once, a renamed tag, a module to come), nothing has to be remembered in it.

CREATE FUNCTION emit_running_session_events() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM webhooks
                 WHERE organisation_id = current_organisation_id() AND disabled_at IS NULL) THEN
    RETURN NULL;
  END IF;
  CASE TG_OP
    WHEN 'INSERT' THEN
      -- One whose stop was taken back has been there before.
      PERFORM emit_webhook_event(
                CASE WHEN revision = 1 THEN 'session.started' ELSE 'session.changed' END,
                ARRAY[person_id], session_for_webhooks(to_jsonb(touched)))
      FROM touched;
    WHEN 'UPDATE' THEN
      PERFORM emit_webhook_event('session.changed', ARRAY[person_id],
                                 session_for_webhooks(to_jsonb(touched)))
      FROM touched;
    WHEN 'DELETE' THEN
      -- A stopped one is among the saved ones by now; what is nowhere was discarded.
      PERFORM emit_webhook_event('session.deleted', ARRAY[person_id],
                                 session_for_webhooks(to_jsonb(touched)))
      FROM touched
      WHERE NOT EXISTS (SELECT FROM sessions
                        WHERE sessions.organisation_id = touched.organisation_id
                          AND sessions.id = touched.id
                          AND sessions.started_at = touched.started_at);
  END CASE;
  RETURN NULL;
END
$$;

CREATE FUNCTION emit_saved_session_events() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM webhooks
                 WHERE organisation_id = current_organisation_id() AND disabled_at IS NULL) THEN
    RETURN NULL;
  END IF;
  -- A statement about more than a thousand is told as one, for each person whose they are.
  IF (SELECT count(*) FROM (SELECT FROM touched LIMIT 1001) AS first_ones) > 1000 THEN
    IF TG_OP = 'UPDATE' OR EXISTS (SELECT FROM touched WHERE import_id IS NULL) THEN
      PERFORM emit_webhook_event('sessions.changed', ARRAY[person_id],
                                 jsonb_build_object('person_id', person_id, 'count', count(*)))
      FROM touched
      GROUP BY person_id;
    END IF;
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' THEN
    -- A stopped session has been there before, as a running one. What an import brings is told
    -- with the import, which is recorded after its sessions.
    PERFORM emit_webhook_event(
              CASE WHEN revision > 1 THEN 'session.stopped' ELSE 'session.created' END,
              ARRAY[person_id], session_for_webhooks(to_jsonb(touched)))
    FROM touched
    WHERE import_id IS NULL
       OR EXISTS (SELECT FROM session_imports
                  WHERE session_imports.organisation_id = touched.organisation_id
                    AND session_imports.id = touched.import_id);
  ELSE
    PERFORM emit_webhook_event(
              CASE WHEN former.deleted_at IS NULL AND touched.deleted_at IS NOT NULL
                     THEN 'session.deleted'
                   WHEN former.deleted_at IS NOT NULL AND touched.deleted_at IS NULL
                     THEN 'session.restored'
                   ELSE 'session.changed' END,
              ARRAY[touched.person_id], session_for_webhooks(to_jsonb(touched)))
    FROM touched
    JOIN former ON former.organisation_id = touched.organisation_id AND former.id = touched.id
    -- What is in the bin and stays there is nobody's news.
    WHERE former.deleted_at IS NULL OR touched.deleted_at IS NULL;
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION emit_import_events() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  PERFORM emit_webhook_event(
            CASE TG_OP WHEN 'INSERT' THEN 'sessions.imported' ELSE 'sessions.import_taken_back' END,
            people_ids || person_id,
            jsonb_build_object('id', id, 'format', format, 'person_id', person_id, 'added', added,
                               'duplicates', duplicates, 'rejected', rejected))
  FROM touched;
  RETURN NULL;
END
$$;

CREATE TRIGGER emit_insert AFTER INSERT ON running_sessions REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION emit_running_session_events();
CREATE TRIGGER emit_update AFTER UPDATE ON running_sessions REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION emit_running_session_events();
CREATE TRIGGER emit_delete AFTER DELETE ON running_sessions REFERENCING OLD TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION emit_running_session_events();
CREATE TRIGGER emit_insert AFTER INSERT ON sessions REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION emit_saved_session_events();
CREATE TRIGGER emit_update AFTER UPDATE ON sessions
  REFERENCING OLD TABLE AS former NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION emit_saved_session_events();
CREATE TRIGGER emit_insert AFTER INSERT ON session_imports REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION emit_import_events();
CREATE TRIGGER emit_delete AFTER DELETE ON session_imports REFERENCING OLD TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION emit_import_events();

-- The worker serves all organisations. It asks here what is due, and does the rest in the context
-- of the organisation that it is about. Of each webhook one is under way at a time, the oldest
-- first; two servers never get the same one, unless the lease of the first has run out.
CREATE FUNCTION claim_webhook_deliveries(most integer, lease interval)
  RETURNS TABLE (organisation_id uuid, delivery_id uuid)
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  WITH due AS MATERIALIZED (
    SELECT delivery.organisation_id, delivery.id
    FROM webhooks
    CROSS JOIN LATERAL (
      SELECT pending.organisation_id, pending.id
      FROM webhook_deliveries AS pending
      WHERE pending.organisation_id = webhooks.organisation_id
        AND pending.webhook_id = webhooks.id
        AND pending.status = 'pending'
        AND pending.next_attempt_at <= clock_timestamp()
        AND (pending.claimed_until IS NULL OR pending.claimed_until <= clock_timestamp())
      ORDER BY pending.occurred_at, pending.id
      LIMIT 1
      FOR UPDATE SKIP LOCKED
    ) AS delivery
    WHERE EXISTS (SELECT FROM webhook_deliveries
                  WHERE status = 'pending' AND next_attempt_at <= now())
      AND webhooks.disabled_at IS NULL
      AND NOT EXISTS (SELECT FROM webhook_deliveries AS under_way
                      WHERE under_way.organisation_id = webhooks.organisation_id
                        AND under_way.webhook_id = webhooks.id
                        AND under_way.status = 'pending'
                        AND under_way.claimed_until > now())
    LIMIT most
  )
  UPDATE webhook_deliveries AS claimed
  SET claimed_until = clock_timestamp() + lease, attempts = claimed.attempts + 1
  FROM due
  WHERE claimed.organisation_id = due.organisation_id AND claimed.id = due.id
  RETURNING claimed.organisation_id, claimed.id
$$;

-- The log is kept for 30 days, a former secret until its end.
CREATE FUNCTION forget_old_webhook_deliveries() RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  DELETE FROM webhook_deliveries WHERE occurred_at < now() - interval '30 days';
  UPDATE webhooks SET former_secret = NULL, former_until = NULL WHERE former_until < now();
$$;

REVOKE ALL ON FUNCTION emit_webhook_event(text, uuid[], jsonb), session_for_webhooks(jsonb),
  time_ordered_uuid(), emit_running_session_events(), emit_saved_session_events(),
  emit_import_events(), claim_webhook_deliveries(integer, interval),
  forget_old_webhook_deliveries() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_webhook_deliveries(integer, interval),
  forget_old_webhook_deliveries() TO benchbook_app;

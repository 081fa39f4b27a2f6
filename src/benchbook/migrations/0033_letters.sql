-- E-mail: what people are told in the application goes to them as letters as well, where the server
-- has somewhere to send them (BENCHBOOK_SMTP_HOST), and so do invitations. News and letters are
-- written in the transaction of what they tell of; a worker in each server sends them.

ALTER TABLE people ADD COLUMN email_notifications boolean NOT NULL DEFAULT true;
GRANT SELECT (email_notifications) ON people TO benchbook_app, benchbook_readonly;

-- Whether letters are sent at all; each server says so when it starts. Without it nothing is kept.
CREATE TABLE letter_service (
  only_row boolean NOT NULL DEFAULT true,
  is_on    boolean NOT NULL,
  CONSTRAINT letter_service_pkey PRIMARY KEY (only_row),
  CONSTRAINT letter_service_has_one_row CHECK (only_row)
);
INSERT INTO letter_service (is_on) VALUES (false);

-- A letter to a person; the outbox, and for 30 days what became of it.
CREATE TABLE letters (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  person_id       uuid        NOT NULL,
  kind            text        NOT NULL,
  -- An invitation's secret, encrypted for this letter; gone when the letter is settled.
  sealed_secret   bytea,
  status          text        NOT NULL DEFAULT 'pending',
  attempts        integer     NOT NULL DEFAULT 0,
  failure         text,
  created_at      timestamptz NOT NULL DEFAULT now(),
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  claimed_until   timestamptz,
  settled_at      timestamptz,
  CONSTRAINT letters_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT letter_is_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT letter_kind_is_known CHECK (kind IN ('news', 'invitation')),
  CONSTRAINT letter_status_is_known CHECK (status IN ('pending', 'sent', 'failed', 'dropped')),
  CONSTRAINT letter_is_settled_once CHECK ((settled_at IS NULL) = (status = 'pending')),
  CONSTRAINT letter_keeps_a_secret_only_until_it_is_settled
    CHECK ((sealed_secret IS NOT NULL) = (kind = 'invitation' AND status = 'pending'))
);
CREATE INDEX letters_by_person ON letters (organisation_id, person_id);
CREATE INDEX letters_due ON letters (next_attempt_at) WHERE status = 'pending';
CREATE INDEX letters_by_settlement ON letters (settled_at);

-- What a letter will tell, and has not told yet: a row for each notification, and for each time
-- that one grew. Several of one person go into one letter.
CREATE TABLE letter_news (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  person_id       uuid        NOT NULL,
  notification_id uuid        NOT NULL,
  letter_id       uuid,
  kind            text        NOT NULL,
  data            jsonb       NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT letter_news_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT letter_news_are_for_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT letter_news_are_in_a_letter
    FOREIGN KEY (organisation_id, letter_id) REFERENCES letters (organisation_id, id)
    ON DELETE CASCADE
);
CREATE INDEX letter_news_to_gather ON letter_news (organisation_id, person_id, created_at)
  WHERE letter_id IS NULL;
CREATE INDEX letter_news_by_person ON letter_news (organisation_id, person_id);
CREATE INDEX letter_news_by_letter ON letter_news (organisation_id, letter_id);

INSERT INTO server_secrets (name, value)
VALUES ('letters', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

ALTER TABLE letter_service ENABLE ROW LEVEL SECURITY;
ALTER TABLE letter_service FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_maintains ON letter_service TO benchbook_owner USING (true);

DO $$
DECLARE
  relation text;
BEGIN
  FOREACH relation IN ARRAY ARRAY['letters', 'letter_news']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', relation);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', relation);
    EXECUTE format('CREATE POLICY own_organisation ON %I TO benchbook_app '
                   'USING (organisation_id = current_organisation_id())', relation);
    EXECUTE format('CREATE POLICY owner_maintains ON %I TO benchbook_owner USING (true)', relation);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON letters TO benchbook_app;
GRANT SELECT, DELETE ON letter_news TO benchbook_app;

CREATE FUNCTION switch_letters(switch_on boolean) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  UPDATE letter_service SET is_on = switch_on WHERE is_on <> switch_on
$$;

-- Notifications as a letter tells them: with the names and times that the page looks up.
CREATE FUNCTION as_told_in_letters(organisation uuid, data jsonb) RETURNS jsonb
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT data || jsonb_strip_nulls(jsonb_build_object(
    'employee', (SELECT first_name || ' ' || last_name FROM employees
                 WHERE organisation_id = organisation AND id = (data->>'employee_id')::uuid),
    'other_employee', (SELECT first_name || ' ' || last_name FROM employees
                       WHERE organisation_id = organisation
                         AND id = (data->>'other_employee_id')::uuid),
    'leave', (SELECT jsonb_build_object('kind', kind, 'whole_days', whole_days,
                                        'time_zone', time_zone, 'starts_at', starts_at,
                                        'ends_at', ends_at)
              FROM leave_requests
              WHERE organisation_id = organisation AND id = (data->>'leave_request_id')::uuid)))
$$;

CREATE FUNCTION keep_news_for_letters() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  IF NOT (SELECT is_on FROM letter_service) THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO letter_news (organisation_id, id, person_id, notification_id, kind, data)
    SELECT touched.organisation_id, time_ordered_uuid(), touched.person_id, touched.id,
           touched.kind, as_told_in_letters(touched.organisation_id, touched.data)
    FROM touched
    JOIN people ON people.organisation_id = touched.organisation_id AND people.id = touched.person_id
    WHERE people.email_notifications;
  ELSE
    -- News of shifts that were gathered in a notification: what has been added to it.
    INSERT INTO letter_news (organisation_id, id, person_id, notification_id, kind, data)
    SELECT touched.organisation_id, time_ordered_uuid(), touched.person_id, touched.id,
           touched.kind,
           jsonb_build_object(
             'added', (touched.data->>'added')::integer - (former.data->>'added')::integer,
             'changed', (touched.data->>'changed')::integer - (former.data->>'changed')::integer,
             'cancelled',
               (touched.data->>'cancelled')::integer - (former.data->>'cancelled')::integer,
             'shifts', (SELECT coalesce(jsonb_agg(item ORDER BY place), '[]')
                        FROM jsonb_array_elements(touched.data->'shifts')
                             WITH ORDINALITY AS listed (item, place)
                        WHERE place > jsonb_array_length(former.data->'shifts')))
    FROM touched
    JOIN former ON former.organisation_id = touched.organisation_id AND former.id = touched.id
    JOIN people ON people.organisation_id = touched.organisation_id AND people.id = touched.person_id
    WHERE people.email_notifications AND touched.kind = 'shifts' AND former.data <> touched.data;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER keep_news_insert AFTER INSERT ON notifications REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION keep_news_for_letters();
CREATE TRIGGER keep_news_update AFTER UPDATE ON notifications
  REFERENCING OLD TABLE AS former NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION keep_news_for_letters();

-- Makes a letter for each person of whom there is news, once there has been none for a while
-- (`quiet`) or the first has waited for long enough (`longest`). What was read in the application
-- meanwhile needs no letter.
CREATE FUNCTION form_letters(quiet interval, longest interval) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  whose record;
  letter uuid;
BEGIN
  IF NOT EXISTS (SELECT FROM letter_news WHERE letter_id IS NULL)
     -- One server at a time, so that one person's news does not become two letters.
     OR NOT pg_try_advisory_xact_lock(hashtext('benchbook letters')) THEN
    RETURN;
  END IF;
  FOR whose IN
    SELECT news.organisation_id, news.person_id,
           bool_and(people.email_notifications AND people.deactivated_at IS NULL) AS is_to_be_told
    FROM letter_news AS news
    JOIN people ON people.organisation_id = news.organisation_id AND people.id = news.person_id
    WHERE news.letter_id IS NULL
    GROUP BY news.organisation_id, news.person_id
    HAVING max(news.created_at) <= clock_timestamp() - quiet
        OR min(news.created_at) <= clock_timestamp() - longest
  LOOP
    DELETE FROM letter_news AS news
    WHERE news.organisation_id = whose.organisation_id AND news.person_id = whose.person_id
      AND news.letter_id IS NULL
      AND (NOT whose.is_to_be_told
           OR news.created_at < now() - interval '2 days'
           OR EXISTS (SELECT FROM notifications AS told
                      WHERE told.organisation_id = news.organisation_id
                        AND told.id = news.notification_id AND told.read_at IS NOT NULL));
    IF EXISTS (SELECT FROM letter_news
               WHERE organisation_id = whose.organisation_id AND person_id = whose.person_id
                 AND letter_id IS NULL) THEN
      letter := time_ordered_uuid();
      INSERT INTO letters (organisation_id, id, person_id, kind)
      VALUES (whose.organisation_id, letter, whose.person_id, 'news');
      UPDATE letter_news
      SET letter_id = letter
      WHERE organisation_id = whose.organisation_id AND person_id = whose.person_id
        AND letter_id IS NULL;
    END IF;
  END LOOP;
END
$$;

-- As with webhooks: ids alone, over all organisations. Two servers never get the same one, unless
-- the lease of the first has run out. What has waited for two days is nobody's news any more.
CREATE FUNCTION claim_letters(most integer, lease interval)
  RETURNS TABLE (organisation_id uuid, letter_id uuid)
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  UPDATE letters
  SET status = 'failed', settled_at = now(), sealed_secret = NULL, claimed_until = NULL,
      failure = coalesce(failure, 'It could not be sent for two days.')
  WHERE status = 'pending' AND created_at < now() - interval '2 days'
    AND next_attempt_at <= clock_timestamp()
    AND (claimed_until IS NULL OR claimed_until <= clock_timestamp());
  WITH due AS MATERIALIZED (
    SELECT pending.organisation_id, pending.id
    FROM letters AS pending
    WHERE pending.status = 'pending'
      AND pending.next_attempt_at <= clock_timestamp()
      AND (pending.claimed_until IS NULL OR pending.claimed_until <= clock_timestamp())
    ORDER BY pending.next_attempt_at
    LIMIT most
    FOR UPDATE SKIP LOCKED
  )
  UPDATE letters AS claimed
  SET claimed_until = clock_timestamp() + lease, attempts = claimed.attempts + 1
  FROM due
  WHERE claimed.organisation_id = due.organisation_id AND claimed.id = due.id
  RETURNING claimed.organisation_id, claimed.id
$$;

CREATE FUNCTION forget_old_letters() RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  DELETE FROM letters WHERE settled_at < now() - interval '30 days';
  -- Left by a server that sends letters no more.
  DELETE FROM letters WHERE created_at < now() - interval '30 days';
  DELETE FROM letter_news WHERE letter_id IS NULL AND created_at < now() - interval '30 days';
$$;

REVOKE ALL ON FUNCTION switch_letters(boolean), as_told_in_letters(uuid, jsonb),
  keep_news_for_letters(), form_letters(interval, interval), claim_letters(integer, interval),
  forget_old_letters() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch_letters(boolean), form_letters(interval, interval),
  claim_letters(integer, interval), forget_old_letters() TO benchbook_app;

-- What members see of the roster, and what they are told: the last published version of a shift
-- whose change is kept back, cancellations for calendars, and notifications. All of it follows the
-- table of shifts by triggers, whatever writes there.

-- A shift that is being changed as a draft, as it was published last: what members go on seeing.
-- The columns are those of shifts.
CREATE TABLE published_versions (
  organisation_id uuid           NOT NULL,
  id              uuid           NOT NULL,
  employee_id     uuid           NOT NULL,
  starts_at       timestamptz(0) NOT NULL,
  ends_at         timestamptz(0) NOT NULL,
  break_minutes   integer        NOT NULL,
  position        text,
  location_id     uuid,
  note            text,
  published       boolean        NOT NULL DEFAULT true,
  created_at      timestamptz    NOT NULL,
  updated_at      timestamptz    NOT NULL,
  revision        integer        NOT NULL,
  CONSTRAINT published_versions_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT published_version_employee_exists
    FOREIGN KEY (organisation_id, employee_id) REFERENCES employees (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT published_version_is_published CHECK (published)
);
CREATE INDEX published_versions_by_start ON published_versions (organisation_id, starts_at, id);
CREATE INDEX published_versions_by_employee
  ON published_versions (organisation_id, employee_id, starts_at, id);

-- Shifts that somebody had and has no more, for their calendars; 30 days longer than they lasted.
CREATE TABLE shift_cancellations (
  organisation_id uuid           NOT NULL,
  shift_id        uuid           NOT NULL,
  employee_id     uuid           NOT NULL,
  starts_at       timestamptz(0) NOT NULL,
  ends_at         timestamptz(0) NOT NULL,
  position        text,
  revision        integer        NOT NULL,
  created_at      timestamptz    NOT NULL,
  cancelled_at    timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT shift_cancellations_pkey PRIMARY KEY (organisation_id, shift_id, employee_id),
  CONSTRAINT shift_cancellation_employee_exists
    FOREIGN KEY (organisation_id, employee_id) REFERENCES employees (organisation_id, id)
    ON DELETE CASCADE
);
CREATE INDEX shift_cancellations_by_employee
  ON shift_cancellations (organisation_id, employee_id, ends_at);
CREATE INDEX shift_cancellations_by_end ON shift_cancellations (ends_at);

-- What a person is told in the application.
CREATE TABLE notifications (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  person_id       uuid        NOT NULL,
  kind            text        NOT NULL,
  data            jsonb       NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  read_at         timestamptz,
  CONSTRAINT notifications_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT notification_belongs_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT notification_kind_has_1_to_50_characters CHECK (char_length(kind) BETWEEN 1 AND 50)
);
CREATE INDEX notifications_by_person ON notifications (organisation_id, person_id, id DESC);
CREATE INDEX notifications_unread ON notifications (organisation_id, person_id)
  WHERE read_at IS NULL;
CREATE INDEX notifications_by_age ON notifications (created_at);

-- Weekdays are counted as in staffing needs: 1 is Monday, 7 Sunday.
ALTER TABLE availability DROP CONSTRAINT availability_weekday_is_0_to_6;
UPDATE availability SET weekday = weekday + 1;
ALTER TABLE availability
  ADD CONSTRAINT availability_weekday_is_1_to_7 CHECK (weekday BETWEEN 1 AND 7);

-- What belongs to removed employees is out of sight with them.
DO $$
DECLARE
  relation text;
BEGIN
  FOREACH relation IN ARRAY
    ARRAY['published_versions', 'shift_cancellations', 'leave_requests', 'availability']
  LOOP
    EXECUTE format('CREATE POLICY those_of_removed_employees_are_hidden ON %I AS RESTRICTIVE '
                   'TO benchbook_app, benchbook_readonly '
                   'USING (employee_id <> ALL ((SELECT removed_employees())::uuid[]))', relation);
  END LOOP;
END
$$;

DO $$
DECLARE
  relation text;
BEGIN
  FOREACH relation IN ARRAY ARRAY['published_versions', 'shift_cancellations', 'notifications']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', relation);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', relation);
    EXECUTE format('CREATE POLICY owner_maintains ON %I TO benchbook_owner USING (true)', relation);
  END LOOP;
END
$$;
CREATE POLICY own_organisation ON published_versions TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY own_cancellations ON shift_cancellations TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND ((SELECT sees_everyone()) OR is_own_employee(employee_id)));
CREATE POLICY own_notifications ON notifications TO benchbook_app
  USING (organisation_id = current_organisation_id() AND person_id = (SELECT current_person_id()));
GRANT SELECT ON published_versions, shift_cancellations TO benchbook_app, benchbook_readonly;
GRANT SELECT, UPDATE (read_at) ON notifications TO benchbook_app;

-- Tells people something; for triggers and for the application.
CREATE FUNCTION notify_people(organisation uuid, kind text, people uuid[], data jsonb) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  INSERT INTO notifications (organisation_id, id, person_id, kind, data)
  SELECT organisation, time_ordered_uuid(), told.person_id, $2, $4
  FROM (SELECT DISTINCT unnest(people) AS person_id) AS told
  JOIN people AS present
    ON present.organisation_id = organisation AND present.id = told.person_id
  WHERE present.deactivated_at IS NULL
    AND present.id IS DISTINCT FROM current_person_id()
$$;

-- News of shifts, gathered: whoever has not read the last of it yet, and got it a moment ago, is
-- told more there instead of once more.
CREATE FUNCTION notify_of_shifts(organisation uuid, person uuid, news jsonb) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  UPDATE notifications
  SET updated_at = now(),
      data = jsonb_build_object(
        'added', (data->>'added')::integer + (news->>'added')::integer,
        'changed', (data->>'changed')::integer + (news->>'changed')::integer,
        'cancelled', (data->>'cancelled')::integer + (news->>'cancelled')::integer,
        'shifts', (SELECT coalesce(jsonb_agg(item ORDER BY place), '[]')
                   FROM jsonb_array_elements((data->'shifts') || (news->'shifts'))
                        WITH ORDINALITY AS listed (item, place)
                   WHERE place <= 20))
  WHERE id = (SELECT id FROM notifications
              WHERE organisation_id = organisation AND person_id = person AND kind = 'shifts'
                AND read_at IS NULL AND created_at > now() - interval '10 minutes'
              ORDER BY id DESC LIMIT 1)
    AND organisation_id = organisation;
  IF NOT FOUND THEN
    PERFORM notify_people(organisation, 'shifts', ARRAY[person], news);
  END IF;
END
$$;

CREATE TYPE shift_news AS (
  organisation_id uuid, employee_id uuid, change text, shift_id uuid, starts_at timestamptz,
  ends_at timestamptz, "position" text, revision integer, created_at timestamptz
);

-- What changes of shifts mean to those who had them and have them.
CREATE FUNCTION tell_news_of_shifts(news shift_news[]) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  INSERT INTO shift_cancellations AS stored
    (organisation_id, shift_id, employee_id, starts_at, ends_at, position, revision, created_at)
  SELECT item.organisation_id, item.shift_id, item.employee_id, item.starts_at, item.ends_at,
         item."position", item.revision + 1, item.created_at
  FROM unnest(news) AS item
  JOIN employees ON employees.organisation_id = item.organisation_id
                AND employees.id = item.employee_id
  WHERE item.change = 'cancelled'
  ON CONFLICT (organisation_id, shift_id, employee_id) DO UPDATE
  SET starts_at = excluded.starts_at, ends_at = excluded.ends_at, position = excluded.position,
      revision = excluded.revision, cancelled_at = now();
  PERFORM notify_of_shifts(told.organisation_id, told.person_id, told.data)
  FROM (
    SELECT item.organisation_id, employees.person_id,
           jsonb_build_object(
             'added', count(*) FILTER (WHERE item.change = 'added'),
             'changed', count(*) FILTER (WHERE item.change = 'changed'),
             'cancelled', count(*) FILTER (WHERE item.change = 'cancelled'),
             'shifts', to_jsonb((array_agg(
               jsonb_build_object('change', item.change, 'shift_id', item.shift_id,
                                  'starts_at', to_char(item.starts_at AT TIME ZONE 'UTC',
                                                       'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                                  'ends_at', to_char(item.ends_at AT TIME ZONE 'UTC',
                                                     'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                                  'position', item."position")
               ORDER BY item.starts_at))[:20])) AS data
    FROM unnest(news) AS item
    JOIN employees ON employees.organisation_id = item.organisation_id
                  AND employees.id = item.employee_id
    JOIN people ON people.organisation_id = employees.organisation_id
               AND people.id = employees.person_id
    -- What is over is nobody's news, and one's own doing neither.
    WHERE item.ends_at > now() AND people.deactivated_at IS NULL AND employees.removed_at IS NULL
      AND employees.person_id IS DISTINCT FROM current_person_id()
    GROUP BY item.organisation_id, employees.person_id
  ) AS told;
END
$$;

CREATE FUNCTION follow_added_shifts() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  news shift_news[];
BEGIN
  -- Only those of employees who sign in here: there is nobody else to tell.
  SELECT array_agg(ROW(touched.organisation_id, touched.employee_id, 'added', touched.id,
                       touched.starts_at, touched.ends_at, touched.position, touched.revision,
                       touched.created_at)::shift_news)
  INTO news
  FROM touched
  JOIN employees ON employees.organisation_id = touched.organisation_id
                AND employees.id = touched.employee_id
  WHERE touched.published AND touched.ends_at > now() AND employees.person_id IS NOT NULL
    AND employees.removed_at IS NULL;
  IF news IS NOT NULL THEN
    PERFORM tell_news_of_shifts(news);
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION follow_changed_shifts() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  news shift_news[];
BEGIN
  -- Kept back: changed, and no longer published. Members go on seeing what was.
  INSERT INTO published_versions
    (organisation_id, id, employee_id, starts_at, ends_at, break_minutes, position, location_id,
     note, created_at, updated_at, revision)
  SELECT former.organisation_id, former.id, former.employee_id, former.starts_at, former.ends_at,
         former.break_minutes, former.position, former.location_id, former.note, former.created_at, former.updated_at,
         former.revision
  FROM former
  JOIN touched ON touched.organisation_id = former.organisation_id AND touched.id = former.id
  WHERE former.published AND NOT touched.published
    AND (former.employee_id, former.starts_at, former.ends_at, former.break_minutes, former.position,
         former.location_id, former.note)
        IS DISTINCT FROM (touched.employee_id, touched.starts_at, touched.ends_at,
                          touched.break_minutes, touched.position, touched.location_id, touched.note);
  SELECT array_agg(item)
  INTO news
  FROM (
    -- As members saw it, and as they see it now; NULL: not at all.
    SELECT touched.id AS shift_id, touched AS after,
           coalesce(version.employee_id, former.employee_id) AS before_employee_id,
           coalesce(version.starts_at, former.starts_at) AS before_starts_at,
           coalesce(version.ends_at, former.ends_at) AS before_ends_at,
           coalesce(version.break_minutes, former.break_minutes) AS before_break_minutes,
           CASE WHEN version.id IS NULL THEN former.position ELSE version.position END
             AS before_position,
           CASE WHEN version.id IS NULL THEN former.location_id ELSE version.location_id END
             AS before_location_id,
           CASE WHEN version.id IS NULL THEN former.note ELSE version.note END AS before_note,
           coalesce(version.revision, former.revision) AS before_revision,
           former.published OR version.id IS NOT NULL AS was_seen,
           touched.published OR version.id IS NOT NULL AS is_seen
    FROM former
    JOIN touched ON touched.organisation_id = former.organisation_id AND touched.id = former.id
    LEFT JOIN published_versions AS version
      ON version.organisation_id = touched.organisation_id AND version.id = touched.id
    WHERE former.published OR touched.published
  ) AS pair
  CROSS JOIN LATERAL (
    SELECT ROW((after).organisation_id, (after).employee_id,
               CASE WHEN was_seen AND before_employee_id = (after).employee_id THEN 'changed'
                    ELSE 'added' END,
               shift_id, (after).starts_at, (after).ends_at, (after).position, (after).revision,
               (after).created_at)::shift_news AS item
    WHERE (after).published
      AND (NOT was_seen
           OR (before_employee_id, before_starts_at, before_ends_at, before_break_minutes, before_position,
               before_location_id, before_note)
              IS DISTINCT FROM ((after).employee_id, (after).starts_at, (after).ends_at,
                                (after).break_minutes, (after).position, (after).location_id, (after).note))
    UNION ALL
    SELECT ROW((after).organisation_id, before_employee_id, 'cancelled', shift_id,
               before_starts_at, before_ends_at, before_position, before_revision,
               (after).created_at)::shift_news
    WHERE was_seen
      AND (NOT is_seen OR ((after).published AND before_employee_id <> (after).employee_id))
  ) AS told;
  DELETE FROM published_versions USING touched
  WHERE published_versions.organisation_id = touched.organisation_id
    AND published_versions.id = touched.id AND touched.published;
  IF news IS NOT NULL THEN
    DELETE FROM shift_cancellations USING unnest(news) AS item
    WHERE item.change = 'added'
      AND shift_cancellations.organisation_id = item.organisation_id
      AND shift_cancellations.shift_id = item.shift_id
      AND shift_cancellations.employee_id = item.employee_id;
    PERFORM tell_news_of_shifts(news);
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION follow_deleted_shifts() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  news shift_news[];
BEGIN
  SELECT array_agg(ROW(former.organisation_id, coalesce(version.employee_id, former.employee_id),
                       'cancelled', former.id, coalesce(version.starts_at, former.starts_at),
                       coalesce(version.ends_at, former.ends_at),
                       CASE WHEN version.id IS NULL THEN former.position ELSE version.position END,
                       former.revision, former.created_at)::shift_news)
  INTO news
  FROM former
  LEFT JOIN published_versions AS version
    ON version.organisation_id = former.organisation_id AND version.id = former.id
  WHERE former.published OR version.id IS NOT NULL;
  IF news IS NOT NULL THEN
    DELETE FROM published_versions USING former
    WHERE published_versions.organisation_id = former.organisation_id
      AND published_versions.id = former.id;
    PERFORM tell_news_of_shifts(news);
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER follow_insert AFTER INSERT ON shifts REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION follow_added_shifts();
CREATE TRIGGER follow_update AFTER UPDATE ON shifts
  REFERENCING OLD TABLE AS former NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION follow_changed_shifts();
CREATE TRIGGER follow_delete AFTER DELETE ON shifts REFERENCING OLD TABLE AS former
  FOR EACH STATEMENT EXECUTE FUNCTION follow_deleted_shifts();

-- Leave: managers hear that it was asked for, the employee what came of it.
CREATE FUNCTION follow_leave() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  about jsonb := jsonb_build_object('leave_request_id', NEW.id, 'employee_id', NEW.employee_id,
                                    'status', NEW.status);
BEGIN
  IF TG_OP = 'INSERT' AND NEW.status = 'requested' THEN
    PERFORM notify_people(NEW.organisation_id, 'leave_requested', array_agg(id), about)
    FROM people
    WHERE organisation_id = NEW.organisation_id AND role IN ('manager', 'admin', 'owner');
  ELSIF TG_OP = 'UPDATE' AND NEW.status <> OLD.status THEN
    PERFORM notify_people(NEW.organisation_id, 'leave_decided', ARRAY[person_id], about)
    FROM employees
    WHERE organisation_id = NEW.organisation_id AND id = NEW.employee_id
      AND person_id IS NOT NULL AND removed_at IS NULL;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER follow AFTER INSERT OR UPDATE ON leave_requests
  FOR EACH ROW EXECUTE FUNCTION follow_leave();

CREATE FUNCTION forget_old_notifications() RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  DELETE FROM notifications WHERE created_at < now() - interval '90 days';
  DELETE FROM shift_cancellations WHERE ends_at < now() - interval '30 days';
$$;

REVOKE ALL ON FUNCTION notify_people(uuid, text, uuid[], jsonb),
  notify_of_shifts(uuid, uuid, jsonb), tell_news_of_shifts(shift_news[]), follow_added_shifts(),
  follow_changed_shifts(), follow_deleted_shifts(), follow_leave(), forget_old_notifications()
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_old_notifications() TO benchbook_app;

CREATE TRIGGER announce_insert AFTER INSERT ON notifications REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION announce_personal('notifications');
CREATE TRIGGER announce_update AFTER UPDATE ON notifications REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION announce_personal('notifications');


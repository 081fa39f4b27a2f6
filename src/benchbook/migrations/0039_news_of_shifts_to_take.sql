-- Shifts that anybody may have are told to those who could have them: an offer to everybody
-- (shifts_offered), and an open shift that is published (open_shifts).

CREATE TYPE shift_to_take AS (
  shift_id uuid, starts_at timestamptz, ends_at timestamptz, "position" text,
  shift_request_id uuid, employee_id uuid
);

-- Gathered as news of shifts is; what somebody was told there already is not told again.
CREATE FUNCTION notify_of_shifts_to_take(organisation uuid, person uuid, news_kind text, news jsonb)
  RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  gathered notifications%ROWTYPE;
  added    jsonb;
BEGIN
  SELECT * INTO gathered
  FROM notifications
  WHERE organisation_id = organisation AND person_id = person AND kind = news_kind
    AND read_at IS NULL AND created_at > now() - interval '10 minutes'
  ORDER BY id DESC
  LIMIT 1
  FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM notify_people(organisation, news_kind, ARRAY[person],
                          jsonb_build_object('count', jsonb_array_length(news), 'shifts',
                                             jsonb_path_query_array(news, '$[0 to 19]')));
    RETURN;
  END IF;
  SELECT jsonb_agg(item ORDER BY place) INTO added
  FROM jsonb_array_elements(news) WITH ORDINALITY AS listed (item, place)
  WHERE NOT gathered.data->'shifts'
            @> jsonb_build_array(jsonb_build_object('shift_id', item->'shift_id'));
  UPDATE notifications
  SET updated_at = now(),
      data = jsonb_build_object(
        'count', (data->>'count')::integer + jsonb_array_length(added),
        'shifts', jsonb_path_query_array((data->'shifts') || added, '$[0 to 19]'))
  WHERE organisation_id = organisation AND id = gathered.id AND added IS NOT NULL;
END
$$;

-- Tells of these shifts whoever could have them: who signs in, is not the one who gives a shift
-- away, has the skills that its position takes, and has no approved leave and no shift at the time.
-- What labour rules say is left to the page.
CREATE FUNCTION tell_of_shifts_to_take(organisation uuid, news_kind text, offered shift_to_take[])
  RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT notify_of_shifts_to_take(organisation, told.person_id, news_kind, told.news)
  FROM (
    SELECT employees.person_id,
           jsonb_agg(
             jsonb_strip_nulls(jsonb_build_object(
               'shift_id', item.shift_id,
               'starts_at', to_char(item.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
               'ends_at', to_char(item.ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
               'position', item."position",
               'shift_request_id', item.shift_request_id,
               'employee_id', item.employee_id))
             ORDER BY item.starts_at, item.shift_id) AS news
    FROM unnest(offered) AS item
    JOIN employees ON employees.organisation_id = organisation
                  AND employees.removed_at IS NULL
                  AND employees.id IS DISTINCT FROM item.employee_id
    JOIN people ON people.organisation_id = organisation AND people.id = employees.person_id
    WHERE item.starts_at > now()
      AND people.deactivated_at IS NULL AND people.id IS DISTINCT FROM current_person_id()
      AND NOT EXISTS (
        SELECT FROM leave_requests AS leave
        WHERE leave.organisation_id = organisation AND leave.employee_id = employees.id
          AND leave.status = 'approved'
          AND leave.starts_at < item.ends_at AND leave.ends_at > item.starts_at)
      AND NOT EXISTS (
        SELECT FROM shifts
        WHERE shifts.organisation_id = organisation AND shifts.employee_id = employees.id
          AND shifts.starts_at > item.starts_at - interval '48 hours'
          AND shifts.starts_at < item.ends_at AND shifts.ends_at > item.starts_at)
      AND NOT EXISTS (
        SELECT
        FROM positions
        JOIN position_skills
          ON position_skills.organisation_id = positions.organisation_id
         AND position_skills.position_id = positions.id
        WHERE positions.organisation_id = organisation AND positions.name = item."position"
          AND NOT EXISTS (
            SELECT FROM employee_skills
            WHERE employee_skills.organisation_id = organisation
              AND employee_skills.employee_id = employees.id
              AND employee_skills.skill_id = position_skills.skill_id))
    GROUP BY employees.person_id
    -- In one order, so that two who tell the same people wait for each other at most.
    ORDER BY employees.person_id
  ) AS told
$$;

CREATE FUNCTION follow_offer_to_everybody() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  PERFORM tell_of_shifts_to_take(
    NEW.organisation_id, 'shifts_offered',
    ARRAY[ROW(NEW.shift_id, NEW.starts_at, NEW.ends_at, NEW.position, NEW.id,
              NEW.employee_id)::shift_to_take]);
  RETURN NULL;
END
$$;
CREATE TRIGGER follow_offer AFTER INSERT ON shift_requests
  FOR EACH ROW WHEN (NEW.kind = 'offer' AND NEW.other_employee_id IS NULL AND NEW.status = 'open')
  EXECUTE FUNCTION follow_offer_to_everybody();

CREATE FUNCTION follow_published_open_shift() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'INSERT' OR NOT OLD.published THEN
    PERFORM tell_of_shifts_to_take(
      NEW.organisation_id, 'open_shifts',
      ARRAY[ROW(NEW.id, NEW.starts_at, NEW.ends_at, NEW.position, NULL, NULL)::shift_to_take]);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER follow AFTER INSERT OR UPDATE ON open_shifts
  FOR EACH ROW WHEN (NEW.published) EXECUTE FUNCTION follow_published_open_shift();

-- A letter tells what was added to either kind since the last one.
CREATE OR REPLACE FUNCTION keep_news_for_letters() RETURNS trigger
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
    -- News that was gathered in a notification: its numbers and its shifts, without those of before.
    INSERT INTO letter_news (organisation_id, id, person_id, notification_id, kind, data)
    SELECT touched.organisation_id, time_ordered_uuid(), touched.person_id, touched.id,
           touched.kind,
           (SELECT jsonb_object_agg(number.key, number.value::integer
                                                - (former.data->>number.key)::integer)
            FROM jsonb_each_text(touched.data - 'shifts') AS number)
           || jsonb_build_object(
                'shifts', (SELECT coalesce(jsonb_agg(item ORDER BY place), '[]')
                           FROM jsonb_array_elements(touched.data->'shifts')
                                WITH ORDINALITY AS listed (item, place)
                           WHERE place > jsonb_array_length(former.data->'shifts')))
    FROM touched
    JOIN former ON former.organisation_id = touched.organisation_id AND former.id = touched.id
    JOIN people ON people.organisation_id = touched.organisation_id AND people.id = touched.person_id
    WHERE people.email_notifications AND former.data <> touched.data
      AND touched.kind IN ('shifts', 'shifts_offered', 'open_shifts');
  END IF;
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION notify_of_shifts_to_take(uuid, uuid, text, jsonb),
  tell_of_shifts_to_take(uuid, text, shift_to_take[]), follow_offer_to_everybody(),
  follow_published_open_shift() FROM PUBLIC;

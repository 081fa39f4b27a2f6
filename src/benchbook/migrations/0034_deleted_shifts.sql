-- Deleted shifts, for 30 days: what is taken back is the same shift, under the id that calendars,
-- requests and programs know.
CREATE TABLE deleted_shifts (
  organisation_id uuid           NOT NULL,
  id              uuid           NOT NULL,
  employee_id     uuid           NOT NULL,
  starts_at       timestamptz(0) NOT NULL,
  ends_at         timestamptz(0) NOT NULL,
  break_minutes   integer        NOT NULL,
  position        text,
  location_id     uuid,
  note            text,
  published       boolean        NOT NULL,
  created_at      timestamptz    NOT NULL,
  updated_at      timestamptz    NOT NULL,
  revision        integer        NOT NULL,
  deleted_at      timestamptz    NOT NULL DEFAULT now(),
  CONSTRAINT deleted_shifts_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT deleted_shift_employee_exists
    FOREIGN KEY (organisation_id, employee_id) REFERENCES employees (organisation_id, id)
    ON DELETE CASCADE
);
CREATE INDEX deleted_shifts_by_employee ON deleted_shifts (organisation_id, employee_id);
CREATE INDEX deleted_shifts_by_age ON deleted_shifts (deleted_at);

ALTER TABLE deleted_shifts ENABLE ROW LEVEL SECURITY;
ALTER TABLE deleted_shifts FORCE ROW LEVEL SECURITY;
CREATE POLICY deleted_shifts_for_managers ON deleted_shifts TO benchbook_app
  USING (organisation_id = current_organisation_id() AND (SELECT sees_everyone()));
CREATE POLICY those_of_removed_employees_are_hidden ON deleted_shifts AS RESTRICTIVE
  TO benchbook_app
  USING (employee_id <> ALL ((SELECT removed_employees())::uuid[]));
CREATE POLICY owner_maintains ON deleted_shifts TO benchbook_owner USING (true);
GRANT SELECT ON deleted_shifts TO benchbook_app;

-- Whatever deletes them. Shifts that go with their employee, for good, are gone.
CREATE FUNCTION keep_deleted_shifts() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  INSERT INTO deleted_shifts
    (organisation_id, id, employee_id, starts_at, ends_at, break_minutes, position, location_id,
     note, published, created_at, updated_at, revision)
  SELECT former.organisation_id, former.id, former.employee_id, former.starts_at, former.ends_at,
         former.break_minutes, former.position, former.location_id, former.note, former.published,
         former.created_at, former.updated_at, former.revision
  FROM former
  JOIN employees ON employees.organisation_id = former.organisation_id
                AND employees.id = former.employee_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER keep_deleted AFTER DELETE ON shifts REFERENCING OLD TABLE AS former
  FOR EACH STATEMENT EXECUTE FUNCTION keep_deleted_shifts();

-- Brings back what the application has locked the employees of. The revision goes past that of the
-- cancellation, which calendars may have; requests for the shift as it was are for it again.
CREATE FUNCTION restore_shifts(which uuid[]) RETURNS SETOF shifts
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  back deleted_shifts[];
BEGIN
  IF NOT sees_everyone() THEN
    RETURN;
  END IF;
  WITH gone AS (
    DELETE FROM deleted_shifts
    WHERE organisation_id = current_organisation_id() AND id = ANY (which)
    RETURNING deleted_shifts AS shift
  )
  SELECT array_agg(shift) INTO back FROM gone;
  DELETE FROM shift_cancellations USING unnest(back) AS item
  WHERE shift_cancellations.organisation_id = item.organisation_id
    AND shift_cancellations.shift_id = item.id
    AND shift_cancellations.employee_id = item.employee_id;
  UPDATE shift_requests SET shift_revision = item.revision + 2
  FROM unnest(back) AS item
  WHERE shift_requests.organisation_id = item.organisation_id
    AND shift_requests.employee_id = item.employee_id
    AND shift_requests.shift_id = item.id AND shift_requests.shift_revision = item.revision;
  UPDATE shift_requests SET other_shift_revision = item.revision + 2
  FROM unnest(back) AS item
  WHERE shift_requests.organisation_id = item.organisation_id
    AND shift_requests.other_employee_id = item.employee_id
    AND shift_requests.other_shift_id = item.id
    AND shift_requests.other_shift_revision = item.revision;
  RETURN QUERY
  INSERT INTO shifts
    (organisation_id, id, employee_id, starts_at, ends_at, break_minutes, position, location_id,
     note, published, created_at, updated_at, revision)
  SELECT item.organisation_id, item.id, item.employee_id, item.starts_at, item.ends_at,
         item.break_minutes, item."position", locations.id, item.note, item.published,
         item.created_at, now(), item.revision + 2
  FROM unnest(back) AS item
  LEFT JOIN locations ON locations.organisation_id = item.organisation_id
                     AND locations.id = item.location_id
  RETURNING *;
END
$$;

CREATE FUNCTION forget_deleted_shifts() RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  DELETE FROM deleted_shifts WHERE deleted_at < now() - interval '30 days';
$$;

REVOKE ALL ON FUNCTION keep_deleted_shifts(), restore_shifts(uuid[]), forget_deleted_shifts()
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION restore_shifts(uuid[]), forget_deleted_shifts() TO benchbook_app;

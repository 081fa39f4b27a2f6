-- Managers see whom they deleted, to bring them back. Their address and what else is personal of
-- them stays hidden; members see nobody.
CREATE FUNCTION list_removed_employees()
  RETURNS TABLE (id uuid, first_name text, last_name text, removed_at timestamptz, shifts bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT employees.id, employees.first_name, employees.last_name, employees.removed_at,
         (SELECT count(*) FROM shifts
          WHERE shifts.organisation_id = employees.organisation_id
            AND shifts.employee_id = employees.id)
  FROM employees
  WHERE employees.organisation_id = current_organisation_id()
    AND employees.removed_at > now() - interval '30 days'
    AND sees_everyone()
$$;
REVOKE ALL ON FUNCTION list_removed_employees() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION list_removed_employees() TO benchbook_app;

-- A decision that is taken back leaves leave waiting again. Who decided is told by their own page;
-- the employee is told, and of one's own withdrawal that is taken back the managers are.
CREATE OR REPLACE FUNCTION follow_leave() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  about jsonb := jsonb_build_object('leave_request_id', NEW.id, 'employee_id', NEW.employee_id,
                                    'status', NEW.status);
  own_person uuid;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.status = OLD.status THEN
      RETURN NULL;
    END IF;
    SELECT person_id INTO own_person
    FROM employees
    WHERE organisation_id = NEW.organisation_id AND id = NEW.employee_id AND removed_at IS NULL;
    IF NEW.status <> 'requested' OR own_person IS DISTINCT FROM current_person_id() THEN
      IF own_person IS NOT NULL THEN
        PERFORM notify_people(NEW.organisation_id, 'leave_decided', ARRAY[own_person], about);
      END IF;
      RETURN NULL;
    END IF;
  END IF;
  IF NEW.status = 'requested' THEN
    PERFORM notify_people(NEW.organisation_id, 'leave_requested', array_agg(id), about)
    FROM people
    WHERE organisation_id = NEW.organisation_id AND role IN ('manager', 'admin', 'owner');
  END IF;
  RETURN NULL;
END
$$;

-- A position is known by its name to shifts and all that is planned with them, so it is renamed in
-- all of these at once. To rename is no change of a shift: nobody is told, what was agreed on for it
-- stays agreed on, and closed months take part.

-- 0037 keeps these two from looking at what is only moved; they are held to the same now.
DROP TRIGGER follow_update ON shifts;
CREATE TRIGGER follow_update AFTER UPDATE ON shifts
  REFERENCING OLD TABLE AS former NEW TABLE AS touched
  FOR EACH STATEMENT WHEN (current_setting('benchbook.archiving', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION follow_changed_shifts();
DROP TRIGGER refuse_update_during_leave ON shifts;
CREATE TRIGGER refuse_update_during_leave AFTER UPDATE ON shifts REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT WHEN (current_setting('benchbook.archiving', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION refuse_shifts_during_leave();

-- Whether anything is planned under this name.
CREATE FUNCTION position_is_used(wanted text) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT EXISTS (SELECT FROM all_shifts
                 WHERE organisation_id = current_organisation_id() AND position = wanted)
      OR EXISTS (SELECT FROM published_versions
                 WHERE organisation_id = current_organisation_id() AND position = wanted)
      OR EXISTS (SELECT FROM open_shifts
                 WHERE organisation_id = current_organisation_id() AND position = wanted)
      OR EXISTS (SELECT FROM shift_templates
                 WHERE organisation_id = current_organisation_id() AND position = wanted)
      OR EXISTS (SELECT FROM labour_rules
                 WHERE organisation_id = current_organisation_id() AND position = wanted)
      OR EXISTS (SELECT FROM staffing_needs
                 WHERE organisation_id = current_organisation_id() AND position = wanted)
$$;

-- Has everything of this name have the other one, and answers how many shifts that were. Revisions of
-- shifts and open shifts stay: requests and what was generated go by them.
CREATE FUNCTION rename_position(former text, wanted text) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  organisation uuid := current_organisation_id();
  archiving    text := current_setting('benchbook.archiving', true);
  live         bigint;
  archived     bigint;
BEGIN
  -- As who moves the border of the archive: whoever writes shifts is waited for, and waits.
  PERFORM pg_advisory_xact_lock(shift_archive_lock(organisation));
  PERFORM set_config('benchbook.archiving', 'on', true);
  UPDATE shifts SET position = wanted, updated_at = now()
  WHERE organisation_id = organisation AND position = former;
  GET DIAGNOSTICS live = ROW_COUNT;
  PERFORM set_config('benchbook.archiving', coalesce(archiving, ''), true);
  UPDATE archived_shifts SET position = wanted, updated_at = now()
  WHERE organisation_id = organisation AND position = former;
  GET DIAGNOSTICS archived = ROW_COUNT;
  UPDATE published_versions SET position = wanted, updated_at = now()
  WHERE organisation_id = organisation AND position = former;
  UPDATE deleted_shifts SET position = wanted
  WHERE organisation_id = organisation AND position = former;
  UPDATE shift_cancellations SET position = wanted
  WHERE organisation_id = organisation AND position = former;
  UPDATE open_shifts SET position = wanted, updated_at = now()
  WHERE organisation_id = organisation AND position = former;
  UPDATE shift_requests SET position = wanted, revision = revision + 1
  WHERE organisation_id = organisation AND position = former;
  UPDATE shift_templates SET position = wanted, updated_at = now(), revision = revision + 1
  WHERE organisation_id = organisation AND position = former;
  UPDATE labour_rules SET position = wanted, updated_at = now(), revision = revision + 1
  WHERE organisation_id = organisation AND position = former;
  UPDATE staffing_needs SET position = wanted
  WHERE organisation_id = organisation AND position = former;
  IF FOUND THEN
    UPDATE staffing_plans SET updated_at = now(), revision = revision + 1
    WHERE organisation_id = organisation;
  END IF;
  RETURN live + archived;
END
$$;

REVOKE ALL ON FUNCTION position_is_used(text), rename_position(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION position_is_used(text), rename_position(text, text) TO benchbook_app;

-- Nobody asks for the same twice while it waits: one live offer of a shift, one live swap of two
-- shifts, one live claim of an open shift. The revisions belong to it, because what was overtaken by
-- a change may be asked for anew.

-- Requests that ran out are closed when somebody asks again; until then that is seen when they are
-- read.
ALTER TABLE shift_requests DROP CONSTRAINT shift_request_status_is_known;
ALTER TABLE shift_requests ADD CONSTRAINT shift_request_status_is_known
  CHECK (status IN ('open', 'accepted', 'done', 'declined', 'withdrawn', 'refused', 'expired'));

-- Of those that were asked for twice, what went furthest stays, else what was first.
ALTER TABLE shift_requests DISABLE TRIGGER follow;
UPDATE shift_requests
SET status = 'withdrawn', updated_at = now(), revision = revision + 1
FROM (
  SELECT organisation_id, id,
         row_number() OVER (
           PARTITION BY organisation_id, employee_id, kind, shift_id, shift_revision,
                        other_shift_id, other_shift_revision
           ORDER BY status, id) AS place
  FROM shift_requests
  WHERE status IN ('open', 'accepted')
) AS asked
WHERE asked.place > 1
  AND shift_requests.organisation_id = asked.organisation_id AND shift_requests.id = asked.id;
ALTER TABLE shift_requests ENABLE TRIGGER follow;

CREATE UNIQUE INDEX shift_is_asked_for_once ON shift_requests
  (organisation_id, employee_id, kind, shift_id, shift_revision,
   coalesce(other_shift_id, shift_id), coalesce(other_shift_revision, 0))
  WHERE status IN ('open', 'accepted');

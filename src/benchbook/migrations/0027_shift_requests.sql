-- What people arrange among themselves: open shifts to claim, shifts to give away and to exchange.

-- A shift that nobody has yet. A table of its own: a shift always has an employee, in the table,
-- in the API and under the exclusion constraint (docs/decisions/0034-open-shifts-are-no-shifts.md).
CREATE TABLE open_shifts (
  organisation_id uuid           NOT NULL,
  id              uuid           NOT NULL,
  starts_at       timestamptz(0) NOT NULL,
  ends_at         timestamptz(0) NOT NULL,
  break_minutes   integer        NOT NULL DEFAULT 0,
  position        text,
  location_id     uuid,
  note            text,
  published       boolean        NOT NULL DEFAULT true,
  created_at      timestamptz    NOT NULL DEFAULT now(),
  updated_at      timestamptz    NOT NULL DEFAULT now(),
  revision        integer        NOT NULL DEFAULT 1,
  CONSTRAINT open_shifts_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT open_shift_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT open_shift_location_exists
    FOREIGN KEY (organisation_id, location_id) REFERENCES locations (organisation_id, id),
  CONSTRAINT open_shift_ends_after_it_starts CHECK (ends_at > starts_at),
  CONSTRAINT open_shift_is_at_most_48_hours_long CHECK (ends_at - starts_at <= interval '48 hours'),
  CONSTRAINT open_shift_break_is_0_to_720_minutes CHECK (break_minutes BETWEEN 0 AND 720),
  CONSTRAINT open_shift_is_longer_than_its_break
    CHECK (ends_at - starts_at > make_interval(mins => break_minutes)),
  CONSTRAINT open_shift_position_has_1_to_100_characters CHECK (char_length(position) BETWEEN 1 AND 100),
  CONSTRAINT open_shift_note_has_1_to_1000_characters CHECK (char_length(note) BETWEEN 1 AND 1000)
);
CREATE INDEX open_shifts_by_start ON open_shifts (organisation_id, starts_at, id);
CREATE INDEX open_shifts_by_location ON open_shifts (organisation_id, location_id)
  WHERE location_id IS NOT NULL;

-- The revisions are those that everybody agreed to: what was changed since is not handed over. No
-- foreign keys to the shifts, so that a request outlives them, and deleting many stays as cheap.
CREATE TABLE shift_requests (
  organisation_id      uuid           NOT NULL,
  id                   uuid           NOT NULL,
  kind                 text           NOT NULL,
  status               text           NOT NULL,
  employee_id          uuid           NOT NULL,
  shift_id             uuid           NOT NULL,
  shift_revision       integer        NOT NULL,
  other_employee_id    uuid,
  other_shift_id       uuid,
  other_shift_revision integer,
  starts_at            timestamptz(0) NOT NULL,
  ends_at              timestamptz(0) NOT NULL,
  position             text,
  note                 text,
  expires_at           timestamptz(0) NOT NULL,
  decided_by           uuid,
  decision_note        text,
  created_at           timestamptz    NOT NULL DEFAULT now(),
  updated_at           timestamptz    NOT NULL DEFAULT now(),
  revision             integer        NOT NULL DEFAULT 1,
  CONSTRAINT shift_requests_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT shift_request_is_of_an_employee
    FOREIGN KEY (organisation_id, employee_id) REFERENCES employees (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT shift_request_is_for_an_employee
    FOREIGN KEY (organisation_id, other_employee_id) REFERENCES employees (organisation_id, id)
    ON DELETE CASCADE,
  CONSTRAINT shift_request_is_decided_by_a_person
    FOREIGN KEY (organisation_id, decided_by) REFERENCES people (organisation_id, id),
  CONSTRAINT shift_request_kind_is_known CHECK (kind IN ('offer', 'swap', 'claim')),
  CONSTRAINT shift_request_status_is_known
    CHECK (status IN ('open', 'accepted', 'done', 'declined', 'withdrawn', 'refused')),
  CONSTRAINT shift_request_is_not_for_its_own_employee CHECK (other_employee_id <> employee_id),
  CONSTRAINT swap_is_of_two_shifts
    CHECK ((kind = 'swap') = (other_shift_id IS NOT NULL)
           AND (kind = 'swap') = (other_shift_revision IS NOT NULL)),
  CONSTRAINT swap_is_with_an_employee CHECK (kind <> 'swap' OR other_employee_id IS NOT NULL),
  CONSTRAINT claim_is_of_one_employee CHECK (kind <> 'claim' OR other_employee_id IS NULL),
  CONSTRAINT shift_request_note_has_1_to_500_characters CHECK (char_length(note) BETWEEN 1 AND 500),
  CONSTRAINT shift_request_decision_note_has_1_to_500_characters
    CHECK (char_length(decision_note) BETWEEN 1 AND 500)
);
CREATE INDEX shift_requests_by_employee ON shift_requests (organisation_id, employee_id);
CREATE INDEX shift_requests_by_other_employee ON shift_requests (organisation_id, other_employee_id);

CREATE TABLE shift_request_settings (
  organisation_id uuid        NOT NULL,
  approval        text        NOT NULL,
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT shift_request_settings_pkey PRIMARY KEY (organisation_id),
  CONSTRAINT shift_request_settings_belong_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT shift_request_approval_is_known CHECK (approval IN ('manager', 'none'))
);

ALTER TABLE open_shifts ENABLE ROW LEVEL SECURITY;
ALTER TABLE open_shifts FORCE ROW LEVEL SECURITY;
CREATE POLICY published_shifts ON open_shifts TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND ((SELECT sees_everyone()) OR published));
CREATE POLICY owner_maintains ON open_shifts TO benchbook_owner USING (true);

-- An offer to anybody is for everybody to see; what is between two is theirs, and the managers'.
ALTER TABLE shift_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE shift_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY own_requests ON shift_requests TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id()
         AND ((SELECT sees_everyone())
              OR (kind = 'offer' AND other_employee_id IS NULL)
              OR is_own_employee(employee_id)
              OR is_own_employee(other_employee_id)));
CREATE POLICY owner_maintains ON shift_requests TO benchbook_owner USING (true);

ALTER TABLE shift_request_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE shift_request_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON shift_request_settings TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON shift_request_settings TO benchbook_owner USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON open_shifts TO benchbook_app;
GRANT SELECT, INSERT, UPDATE ON shift_requests, shift_request_settings TO benchbook_app;
GRANT SELECT ON open_shifts, shift_requests, shift_request_settings TO benchbook_readonly;

CALL announce_changes('open_shifts', 'open_shifts', 'announce_shared');
CALL announce_changes('shift_requests', 'shift_requests', 'announce_shared');

-- Those concerned hear of it, managers of what waits for them. A status that is only passed through
-- (accepted, where nobody approves) is told of by the one that it ends in.
CREATE FUNCTION follow_shift_request() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  about jsonb := jsonb_build_object('shift_request_id', NEW.id, 'kind', NEW.kind,
                                    'status', NEW.status, 'starts_at', NEW.starts_at,
                                    'employee_id', NEW.employee_id,
                                    'other_employee_id', NEW.other_employee_id);
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.status = OLD.status THEN
    RETURN NULL;
  END IF;
  IF NEW.status = 'accepted' THEN
    IF EXISTS (SELECT FROM shift_request_settings
               WHERE organisation_id = NEW.organisation_id AND approval = 'none') THEN
      RETURN NULL;
    END IF;
    PERFORM notify_people(NEW.organisation_id, 'shift_request_waits', array_agg(id), about)
    FROM people
    WHERE organisation_id = NEW.organisation_id AND role IN ('manager', 'admin', 'owner');
  END IF;
  PERFORM notify_people(NEW.organisation_id, 'shift_request', array_agg(person_id), about)
  FROM employees
  WHERE organisation_id = NEW.organisation_id AND id IN (NEW.employee_id, NEW.other_employee_id)
    AND person_id IS NOT NULL AND removed_at IS NULL;
  RETURN NULL;
END
$$;
CREATE TRIGGER follow AFTER INSERT OR UPDATE ON shift_requests
  FOR EACH ROW EXECUTE FUNCTION follow_shift_request();
REVOKE ALL ON FUNCTION follow_shift_request() FROM PUBLIC;

-- A note beside the name, and an index for the few sessions that a forgotten timer made longer
-- than 31 days: reports look for those apart, so that all others are found by the month alone.

ALTER TABLE running_sessions
  ADD COLUMN note text NOT NULL DEFAULT '',
  ADD CONSTRAINT running_session_note_has_at_most_5000_characters CHECK (char_length(note) <= 5000);

ALTER TABLE sessions
  ADD COLUMN note text NOT NULL DEFAULT '',
  ADD CONSTRAINT session_note_has_at_most_5000_characters CHECK (char_length(note) <= 5000);

CREATE INDEX sessions_longer_than_31_days ON sessions (organisation_id, started_at)
  WHERE duration_seconds > 2678400;

-- Organisations, the people in them, how they sign in, and what was done.
--
-- Every tenant table carries organisation_id first in its primary key, has row-level security
-- forced, and is reached by three roles: benchbook_owner (migrations and the functions below),
-- benchbook_app (the server: no DDL, only what its policies show) and benchbook_readonly
-- (reports and followers). The context of a transaction is three settings made by SET LOCAL:
-- benchbook.organisation_id, benchbook.person_id and benchbook.sees_everyone.

CREATE FUNCTION current_organisation_id() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('benchbook.organisation_id', true), '')::uuid;

CREATE FUNCTION current_person_id() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('benchbook.person_id', true), '')::uuid;

CREATE FUNCTION sees_everyone() RETURNS boolean
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN coalesce(current_setting('benchbook.sees_everyone', true), '') = 'on';

GRANT USAGE ON SCHEMA public TO benchbook_app, benchbook_readonly;

CREATE TABLE organisations (
  id         uuid        NOT NULL,
  name       text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT organisations_pkey PRIMARY KEY (id),
  CONSTRAINT organisation_name_has_1_to_200_characters CHECK (char_length(name) BETWEEN 1 AND 200)
);

CREATE TABLE people (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  name            text        NOT NULL,
  email           text        NOT NULL,
  role            text        NOT NULL,
  password_hash   text,
  time_zone       text        NOT NULL DEFAULT 'UTC',
  locale          text        NOT NULL DEFAULT 'en-GB',
  week_start      text        NOT NULL DEFAULT 'monday',
  deactivated_at  timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  revision        integer     NOT NULL DEFAULT 1,
  CONSTRAINT people_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT person_belongs_to_an_organisation
    FOREIGN KEY (organisation_id) REFERENCES organisations (id),
  CONSTRAINT person_email_is_used_once_per_organisation UNIQUE (organisation_id, email),
  CONSTRAINT person_name_has_1_to_200_characters CHECK (char_length(name) BETWEEN 1 AND 200),
  CONSTRAINT person_email_is_lower_case CHECK (email = lower(email)),
  CONSTRAINT person_email_has_3_to_254_characters CHECK (char_length(email) BETWEEN 3 AND 254),
  CONSTRAINT person_role_is_known CHECK (role IN ('owner', 'admin', 'manager', 'member')),
  CONSTRAINT person_week_start_is_known CHECK (week_start IN ('monday', 'sunday', 'saturday'))
);
CREATE INDEX people_by_email ON people (email);

-- A web sign-in. Its token is in the browser's cookie; here is only the hash.
CREATE TABLE logins (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  person_id       uuid        NOT NULL,
  token_hash      bytea       NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  last_used_at    timestamptz NOT NULL DEFAULT now(),
  expires_at      timestamptz NOT NULL,
  CONSTRAINT logins_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT login_token_is_unique UNIQUE (organisation_id, token_hash),
  CONSTRAINT login_belongs_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id) ON DELETE CASCADE
);
CREATE INDEX logins_by_person ON logins (organisation_id, person_id);
CREATE INDEX logins_by_expiry ON logins (expires_at);

CREATE TABLE api_tokens (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  person_id       uuid        NOT NULL,
  name            text        NOT NULL,
  token_hash      bytea       NOT NULL,
  scopes          text[],
  expires_at      timestamptz,
  last_used_at    timestamptz,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT api_tokens_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT api_token_is_unique UNIQUE (organisation_id, token_hash),
  CONSTRAINT api_token_name_has_1_to_100_characters CHECK (char_length(name) BETWEEN 1 AND 100),
  CONSTRAINT api_token_belongs_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id) ON DELETE CASCADE
);
CREATE INDEX api_tokens_by_person ON api_tokens (organisation_id, person_id, created_at DESC);

-- A person who was asked to join and has not chosen a password yet.
CREATE TABLE invitations (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  person_id       uuid        NOT NULL,
  token_hash      bytea       NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  expires_at      timestamptz NOT NULL,
  CONSTRAINT invitations_pkey PRIMARY KEY (organisation_id, id),
  CONSTRAINT invitation_token_is_unique UNIQUE (organisation_id, token_hash),
  CONSTRAINT one_open_invitation_per_person UNIQUE (organisation_id, person_id),
  CONSTRAINT invitation_belongs_to_a_person
    FOREIGN KEY (organisation_id, person_id) REFERENCES people (organisation_id, id) ON DELETE CASCADE
);

-- Who changed what. The application may add rows and read them, never change them.
CREATE TABLE audit_events (
  organisation_id uuid        NOT NULL,
  id              uuid        NOT NULL,
  occurred_at     timestamptz NOT NULL DEFAULT now(),
  actor_id        uuid,
  action          text        NOT NULL,
  subject_type    text        NOT NULL,
  subject_id      uuid,
  details         jsonb       NOT NULL DEFAULT '{}',
  request_id      text,
  CONSTRAINT audit_events_pkey PRIMARY KEY (organisation_id, id)
);
CREATE INDEX audit_events_by_subject ON audit_events (organisation_id, subject_id, id DESC);

-- Random keys of this database, made here and never shown.
CREATE TABLE server_secrets (
  name  text  NOT NULL,
  value bytea NOT NULL,
  CONSTRAINT server_secrets_pkey PRIMARY KEY (name)
);
INSERT INTO server_secrets (name, value)
VALUES ('login_failures', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- Sign-ins tried without success, counted per e-mail address and per client. `subject` is a hash
-- keyed with a server secret: nobody's address is stored here.
CREATE TABLE login_failures (
  subject         bytea       NOT NULL,
  failures        integer     NOT NULL,
  first_failed_at timestamptz NOT NULL,
  CONSTRAINT login_failures_pkey PRIMARY KEY (subject)
);

-- Answers kept for a day, so that a repeated POST with the same Idempotency-Key is answered
-- and not done again. The key itself is not stored: its hash finds the row, and the answer is
-- encrypted with a key derived from it.
CREATE TABLE idempotent_answers (
  organisation_id uuid        NOT NULL,
  person_id       uuid        NOT NULL,
  key_hash        bytea       NOT NULL,
  request_hash    bytea       NOT NULL,
  status_code     smallint,
  answer          bytea,
  created_at      timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT idempotent_answers_pkey PRIMARY KEY (organisation_id, person_id, key_hash)
);
CREATE INDEX idempotent_answers_by_age ON idempotent_answers (created_at);

-- Row-level security ------------------------------------------------------------------------

ALTER TABLE organisations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisations FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON organisations TO benchbook_app, benchbook_readonly
  USING (id = current_organisation_id());
CREATE POLICY owner_maintains ON organisations TO benchbook_owner USING (true);

ALTER TABLE people ENABLE ROW LEVEL SECURITY;
ALTER TABLE people FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON people TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON people TO benchbook_owner USING (true);

ALTER TABLE logins ENABLE ROW LEVEL SECURITY;
ALTER TABLE logins FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON logins TO benchbook_app
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON logins TO benchbook_owner USING (true);

ALTER TABLE api_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON api_tokens TO benchbook_app
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON api_tokens TO benchbook_owner USING (true);

ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitations FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON invitations TO benchbook_app
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON invitations TO benchbook_owner USING (true);

ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON audit_events TO benchbook_app, benchbook_readonly
  USING (organisation_id = current_organisation_id());
CREATE POLICY owner_maintains ON audit_events TO benchbook_owner USING (true);

ALTER TABLE idempotent_answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotent_answers FORCE ROW LEVEL SECURITY;
CREATE POLICY own_answers ON idempotent_answers TO benchbook_app
  USING (organisation_id = current_organisation_id() AND person_id = current_person_id());
CREATE POLICY owner_maintains ON idempotent_answers TO benchbook_owner USING (true);

-- What each role may do -----------------------------------------------------------------------

GRANT SELECT, INSERT, UPDATE ON organisations TO benchbook_app;
GRANT SELECT (organisation_id, id, name, email, role, time_zone, locale, week_start,
              deactivated_at, created_at, updated_at, revision),
      INSERT, UPDATE ON people TO benchbook_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON logins, api_tokens, invitations TO benchbook_app;
GRANT SELECT, INSERT ON audit_events TO benchbook_app;
GRANT SELECT ON server_secrets TO benchbook_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON login_failures, idempotent_answers TO benchbook_app;

GRANT SELECT ON organisations, audit_events TO benchbook_readonly;
GRANT SELECT (organisation_id, id, name, email, role, time_zone, locale, week_start,
              deactivated_at, created_at, updated_at, revision)
  ON people TO benchbook_readonly;

-- Before anybody is signed in there is no organisation to set, so these questions are answered
-- by functions of the owner, each as narrow as its use. A credential names its organisation,
-- and whoever asks must already hold the secret or the address.

CREATE FUNCTION organisation_exists() RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
  RETURN EXISTS (SELECT FROM organisations);

CREATE FUNCTION find_login(organisation uuid, hash bytea)
  RETURNS TABLE (login_id uuid, person_id uuid, role text, time_zone text, last_used_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT logins.id, people.id, people.role, people.time_zone, logins.last_used_at
  FROM logins
  JOIN people ON people.organisation_id = logins.organisation_id AND people.id = logins.person_id
  WHERE logins.organisation_id = organisation
    AND logins.token_hash = hash
    AND logins.expires_at > now()
    AND people.deactivated_at IS NULL
$$;

CREATE FUNCTION find_api_token(organisation uuid, hash bytea)
  RETURNS TABLE (api_token_id uuid, person_id uuid, role text, time_zone text, scopes text[],
                 last_used_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT api_tokens.id, people.id, people.role, people.time_zone, api_tokens.scopes,
         api_tokens.last_used_at
  FROM api_tokens
  JOIN people ON people.organisation_id = api_tokens.organisation_id AND people.id = api_tokens.person_id
  WHERE api_tokens.organisation_id = organisation
    AND api_tokens.token_hash = hash
    AND (api_tokens.expires_at IS NULL OR api_tokens.expires_at > now())
    AND people.deactivated_at IS NULL
$$;

CREATE FUNCTION find_invitation(organisation uuid, hash bytea)
  RETURNS TABLE (person_id uuid, organisation_name text, name text, email text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT people.id, organisations.name, people.name, people.email
  FROM invitations
  JOIN people ON people.organisation_id = invitations.organisation_id AND people.id = invitations.person_id
  JOIN organisations ON organisations.id = invitations.organisation_id
  WHERE invitations.organisation_id = organisation
    AND invitations.token_hash = hash
    AND invitations.expires_at > now()
    AND people.deactivated_at IS NULL
$$;

-- The accounts that one address has, at most ten: signing in tries the password on each.
CREATE FUNCTION find_accounts(address text)
  RETURNS TABLE (organisation_id uuid, organisation_name text, person_id uuid, password_hash text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  SELECT people.organisation_id, organisations.name, people.id, people.password_hash
  FROM people
  JOIN organisations ON organisations.id = people.organisation_id
  WHERE people.email = address
    AND people.deactivated_at IS NULL
    AND people.password_hash IS NOT NULL
  ORDER BY people.created_at
  LIMIT 10
$$;

-- What has outlived its use goes: expired sign-ins and invitations, day-old answers, old failures.
CREATE FUNCTION forget_expired() RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
  DELETE FROM logins WHERE expires_at < now();
  DELETE FROM invitations WHERE expires_at < now() - interval '30 days';
  DELETE FROM idempotent_answers WHERE created_at < now() - interval '24 hours';
  DELETE FROM login_failures WHERE first_failed_at < now() - interval '1 day';
$$;

REVOKE ALL ON FUNCTION organisation_exists(), find_login(uuid, bytea), find_api_token(uuid, bytea),
  find_invitation(uuid, bytea), find_accounts(text), forget_expired() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION organisation_exists(), find_login(uuid, bytea), find_api_token(uuid, bytea),
  find_invitation(uuid, bytea), find_accounts(text), forget_expired() TO benchbook_app;

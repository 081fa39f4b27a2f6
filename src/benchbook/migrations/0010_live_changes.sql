-- Changes are announced: what kind of thing, whose, and which one, never what it holds. Pages and
-- programs that show such things ask again.
--
-- A trigger raises a NOTICE with a code of ours (BB001) and the text "kind organisation person id",
-- "-" standing for everybody's or for too many to name. It goes to the connection that made the
-- change; the server hands it on with NOTIFY when the transaction has been committed. A NOTIFY in
-- the transaction itself would make commits wait for each other, all over the cluster
-- (docs/decisions/0020-changes-are-announced.md has the figures).

-- For tables of few rows, changed one at a time: no query is needed.
CREATE FUNCTION announce_row() RETURNS trigger
  LANGUAGE plpgsql
AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE NOTICE USING ERRCODE = 'BB001',
      MESSAGE = concat_ws(' ', TG_ARGV[0], OLD.organisation_id, OLD.person_id, OLD.id);
  ELSE
    RAISE NOTICE USING ERRCODE = 'BB001',
      MESSAGE = concat_ws(' ', TG_ARGV[0], NEW.organisation_id, NEW.person_id, NEW.id);
  END IF;
  RETURN NULL;
END
$$;

-- For things of one person, changed by statements of any size: up to ten rows are named one by
-- one, more only by whose they are, and more than fifty people's only by their organisation.
CREATE FUNCTION announce_personal() RETURNS trigger
  LANGUAGE plpgsql
AS $$
DECLARE
  notices text[];
BEGIN
  SELECT array_agg(concat_ws(' ', TG_ARGV[0], few.organisation_id, few.person_id, few.id))
  INTO notices
  FROM (SELECT organisation_id, person_id, id FROM changed LIMIT 11) AS few;
  IF cardinality(notices) > 10 THEN
    SELECT array_agg(concat_ws(' ', TG_ARGV[0], few.organisation_id, few.person_id, '-'))
    INTO notices
    FROM (SELECT DISTINCT organisation_id, person_id FROM changed LIMIT 51) AS few;
    IF cardinality(notices) > 50 THEN
      SELECT array_agg(concat_ws(' ', TG_ARGV[0], every.organisation_id, '- -'))
      INTO notices
      FROM (SELECT DISTINCT organisation_id FROM changed) AS every;
    END IF;
  END IF;
  FOR place IN 1 .. coalesce(cardinality(notices), 0) LOOP
    RAISE NOTICE USING ERRCODE = 'BB001', MESSAGE = notices[place];
  END LOOP;
  RETURN NULL;
END
$$;

-- For things that the people of an organisation share.
CREATE FUNCTION announce_shared() RETURNS trigger
  LANGUAGE plpgsql
AS $$
DECLARE
  notices text[];
BEGIN
  SELECT array_agg(concat_ws(' ', TG_ARGV[0], few.organisation_id, '-', few.id))
  INTO notices
  FROM (SELECT organisation_id, id FROM changed LIMIT 11) AS few;
  IF cardinality(notices) > 10 THEN
    SELECT array_agg(concat_ws(' ', TG_ARGV[0], every.organisation_id, '- -'))
    INTO notices
    FROM (SELECT DISTINCT organisation_id FROM changed) AS every;
  END IF;
  FOR place IN 1 .. coalesce(cardinality(notices), 0) LOOP
    RAISE NOTICE USING ERRCODE = 'BB001', MESSAGE = notices[place];
  END LOOP;
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION announce_row(), announce_personal(), announce_shared() FROM PUBLIC;

-- Has all changes of a table announced as `kind` by one of the two functions above; for the
-- migrations of tables to come.
CREATE PROCEDURE announce_changes(relation regclass, kind text, announcer regproc)
  LANGUAGE plpgsql
AS $$
DECLARE
  event text;
BEGIN
  FOREACH event IN ARRAY ARRAY['insert', 'update', 'delete'] LOOP
    EXECUTE format(
      'CREATE TRIGGER announce_%s AFTER %s ON %s REFERENCING %s TABLE AS changed '
      'FOR EACH STATEMENT EXECUTE FUNCTION %s(%L)',
      event, event, relation, CASE event WHEN 'delete' THEN 'OLD' ELSE 'NEW' END, announcer, kind);
  END LOOP;
END
$$;
REVOKE ALL ON PROCEDURE announce_changes(regclass, text, regproc) FROM PUBLIC;

CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON running_sessions
  FOR EACH ROW EXECUTE FUNCTION announce_row('timer');
CALL announce_changes('sessions', 'sessions', 'announce_personal');
CALL announce_changes('session_imports', 'imports', 'announce_personal');
CALL announce_changes('projects', 'projects', 'announce_shared');
CALL announce_changes('clients', 'clients', 'announce_shared');
CALL announce_changes('tags', 'tags', 'announce_shared');
CALL announce_changes('people', 'people', 'announce_shared');

-- A credential that is gone ends what is open with it at once.
CREATE TRIGGER announce AFTER DELETE ON logins
  REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION announce_personal('credentials');
CREATE TRIGGER announce AFTER DELETE ON api_tokens
  REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION announce_personal('credentials');

// The sessions of one person and month with Express and pg: no authentication, no row-level
// security, no validation, no log. What could be switched off to be faster, is.

import express from "express";
import pg from "pg";

const { HOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, POOL_SIZE, PORT, ORGANISATION } = process.env;

const pool = new pg.Pool({
  host: HOST,
  port: Number(PGPORT),
  user: PGUSER,
  password: PGPASSWORD,
  database: PGDATABASE,
  max: Number(POOL_SIZE),
  idleTimeoutMillis: 0,
});

const LIST = `
  SELECT id, name, note, started_at, ended_at, duration_seconds, project_id, tags, billable, person_id,
         created_at, updated_at, deleted_at
  FROM sessions
  WHERE organisation_id = $1 AND deleted_at IS NULL AND person_id = $2
    AND started_at >= $3 AND started_at < $4
  ORDER BY started_at DESC, id DESC
  LIMIT $5`;

const TOTALS = `
  SELECT (started_at AT TIME ZONE $5)::date::text AS date, count(*)::integer AS count,
         sum(duration_seconds)::integer AS duration_seconds
  FROM sessions
  WHERE organisation_id = $1 AND deleted_at IS NULL AND person_id = $2
    AND started_at >= $3 AND started_at < $4
  GROUP BY date
  ORDER BY date`;

const app = express();
app.disable("etag");
app.disable("x-powered-by");

function range({ year, month }) {
  const first = Number(year);
  return month === undefined
    ? [new Date(Date.UTC(first, 0)), new Date(Date.UTC(first + 1, 0))]
    : [new Date(Date.UTC(first, month - 1)), new Date(Date.UTC(first, month))];
}

app.get("/ready", async (request, response) => {
  await pool.query("SELECT 1");
  response.json({ ready: true });
});

app.get("/api/v1/sessions", async (request, response) => {
  const limit = Number(request.query.limit ?? 50);
  const values = [ORGANISATION, request.query.person_id, ...range(request.query), limit + 1];
  const { rows } = await pool.query({ name: "list", text: LIST, values });
  let next_cursor = null;
  if (rows.length > limit) {
    rows.length = limit;
    const last = rows[limit - 1];
    next_cursor = Buffer.from(JSON.stringify([last.started_at, last.id])).toString("base64url");
  }
  response.json({ items: rows, next_cursor });
});

app.get("/api/v1/sessions/totals", async (request, response) => {
  const values = [ORGANISATION, request.query.person_id, ...range(request.query), "UTC"];
  const { rows } = await pool.query({ name: "totals", text: TOTALS, values });
  let count = 0;
  let duration_seconds = 0;
  const days = rows.map((day) => {
    count += day.count;
    duration_seconds += day.duration_seconds;
    return { date: day.date, duration_seconds: day.duration_seconds };
  });
  response.json({ count, duration_seconds, days });
});

app.listen(Number(PORT), "127.0.0.1");

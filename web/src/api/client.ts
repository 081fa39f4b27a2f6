import createClient from "openapi-fetch";
import { connection } from "./connection";
import { Problem, Unreachable } from "./problem";
import type { paths } from "./schema";
import { serverClock } from "./server-clock";
import { signInAgain } from "./sign-in-again";

const timeoutMs = 20_000;

/** The typed client of the whole API. Wrap its calls in `answer`. */
export const api = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: (request) => send(request, timeoutMs),
});

/** The data of a successful answer; otherwise throws `Problem` or `Unreachable`. */
export async function answer<Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await call;
  if (!response.ok) {
    throw new Problem(response.status, error, response.headers.get("Retry-After"));
  }
  return data as Data;
}

/** As `answer`, with the version of what was read, for `If-Match`. */
export async function answerWithVersion<Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<{ data: Data; version: string | null }> {
  const pending = await call;
  const data = await answer<Data>(Promise.resolve(pending));
  return { data, version: pending.response.headers.get("ETag") };
}

/** One key a deed of a person: automatic repetitions use it again, so nothing happens twice. */
export function newIdempotencyKey(): string {
  return crypto.randomUUID?.() ?? fallbackKey();
}

/** For what may take minutes, such as a large file: no limit but the request's own signal. */
export function sendPatiently(request: Request): Promise<Response> {
  return send(request, null);
}

async function send(request: Request, limitMs: number | null): Promise<Response> {
  const repetition = request.clone();
  const response = await reach(request, limitMs);
  if (response.status === 401 && signInAgain.isPossible() && !isAboutSigningIn(request.url)) {
    if (await signInAgain.wait()) {
      return reach(repetition, limitMs);
    }
  }
  return response;
}

async function reach(request: Request, limitMs: number | null): Promise<Response> {
  const sent = Date.now();
  let response: Response;
  try {
    response = await fetch(request, {
      signal:
        limitMs === null
          ? request.signal
          : AbortSignal.any([request.signal, AbortSignal.timeout(limitMs)]),
    });
  } catch (error) {
    if (request.signal.aborted) {
      throw error;
    }
    connection.reportUnreachable();
    throw new Unreachable(error);
  }
  if (response.status >= 502 && response.status <= 504) {
    connection.reportUnreachable();
    throw new Unreachable();
  }
  connection.reportReachable();
  serverClock.observe(sent, Date.now(), Date.parse(response.headers.get("Date") ?? ""));
  return response;
}

function isAboutSigningIn(url: string): boolean {
  return /\/api\/v1\/(?:login|logout|setup|invitations)\b/.test(url);
}

/** `crypto.randomUUID` exists only over HTTPS and on localhost. */
function fallbackKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/**
 * What can go wrong between here and the server. The server explains itself in problem+json
 * (RFC 9457) with a stable `code`; whatever does not reach it is `Unreachable`.
 */

export interface FieldProblem {
  /** A JSON pointer into the body (`/started_at`) or a query parameter (`?month`). */
  readonly pointer: string;
  readonly detail: string;
}

/** The server answered, and said no. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  readonly fields: readonly FieldProblem[];
  readonly retryAfterSeconds: number | null;
  /** The whole answer, for what only one operation says. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: unknown, retryAfter: string | null) {
    const known = isRecord(body) ? body : {};
    super(text(known.detail) ?? text(known.title) ?? `The server answered ${status}.`);
    this.status = status;
    this.code = text(known.code) ?? "unknown";
    this.requestId = text(known.request_id);
    this.fields = Array.isArray(known.errors) ? known.errors.filter(isFieldProblem) : [];
    this.retryAfterSeconds = retryAfter && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null;
    this.body = known;
  }

  /** What the server said about one field of the body. */
  field(name: string): string | null {
    return this.fields.find((field) => field.pointer === `/${name}`)?.detail ?? null;
  }
}

/** No answer came: the server is away, or the network is. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";

  constructor(cause?: unknown) {
    super("Benchbook can’t be reached.", { cause });
  }
}

/** One sentence for a person about anything that was thrown. */
export function explain(error: unknown): string {
  if (error instanceof Unreachable) {
    return "Benchbook can’t be reached right now.";
  }
  if (error instanceof Problem) {
    return error.status >= 500
      ? `Something went wrong on the server.${error.requestId ? ` (Request ${error.requestId})` : ""}`
      : error.message;
  }
  return "Something unexpected happened in this page.";
}

export function isProblem(error: unknown, code: string): error is Problem {
  return error instanceof Problem && error.code === code;
}

function isFieldProblem(value: unknown): value is FieldProblem {
  return isRecord(value) && text(value.pointer) !== null && text(value.detail) !== null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

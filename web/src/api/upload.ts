import { newIdempotencyKey } from "./client";
import { connection } from "./connection";
import { Problem, Unreachable } from "./problem";
import { signInAgain } from "./sign-in-again";

interface Upload {
  /** A form with a file in it, or the file itself. */
  readonly body: FormData | Blob;
  readonly key?: string;
  readonly signal?: AbortSignal;
  /** How much of it has left, from 0 to 1; a file is read as it leaves. */
  readonly onSent?: (share: number) => void;
}

/**
 * Sends a file, however long that takes, and answers the JSON that comes back.
 * `fetch` cannot tell how much of a body has been sent; the older way can.
 */
export async function upload<Answer>(path: string, request: Upload): Promise<Answer> {
  const key = request.key ?? newIdempotencyKey();
  try {
    return await send<Answer>(path, { ...request, key });
  } catch (error) {
    if (
      error instanceof Problem &&
      error.status === 401 &&
      signInAgain.isPossible() &&
      (await signInAgain.wait())
    ) {
      return send<Answer>(path, { ...request, key });
    }
    throw error;
  }
}

function send<Answer>(
  path: string,
  { body: content, key, signal, onSent }: Upload & { readonly key: string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("Idempotency-Key", key);
    request.setRequestHeader("Accept", "application/json");
    if (content instanceof Blob) {
      request.setRequestHeader("Content-Type", "application/octet-stream");
    }
    request.upload.addEventListener("progress", ({ loaded, total }) =>
      onSent?.(total === 0 ? 1 : loaded / total),
    );
    request.addEventListener("load", () => {
      const body = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) {
        connection.reportReachable();
        resolve(body as Answer);
      } else if (request.status >= 502 && request.status <= 504) {
        connection.reportUnreachable();
        reject(new Unreachable());
      } else {
        reject(new Problem(request.status, body, request.getResponseHeader("Retry-After")));
      }
    });
    request.addEventListener("error", () => reject(new Unreachable()));
    request.addEventListener("abort", () => reject(new DOMException("Cancelled", "AbortError")));
    signal?.addEventListener("abort", () => request.abort());
    request.send(content);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

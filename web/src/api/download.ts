import { sendPatiently } from "./client";
import { Problem, Unreachable } from "./problem";

interface Download {
  readonly query: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  readonly onReceived: (bytes: number) => void;
}

/**
 * A whole file and the name that the server gives it. What breaks off on the way is thrown as
 * Unreachable: half a file is never handed on.
 */
export async function download(
  path: string,
  { query, signal, onReceived }: Download,
): Promise<{ file: Blob; name: string | null }> {
  const address = new URL(path, window.location.origin);
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      address.searchParams.append(name, String(each));
    }
  }
  const response = await sendPatiently(new Request(address, { signal }));
  if (!response.ok || !response.body) {
    const body: unknown = await response.json().catch(() => null);
    throw new Problem(response.status, body, response.headers.get("Retry-After"));
  }
  let received = 0;
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        received += piece.byteLength;
        onReceived(received);
        controller.enqueue(piece);
      },
    }),
  );
  try {
    // The browser keeps a large blob on disk, piece by piece.
    const file = await new Response(counted, {
      headers: { "Content-Type": response.headers.get("Content-Type") ?? "" },
    }).blob();
    return { file, name: fileName(response.headers.get("Content-Disposition")) };
  } catch (error) {
    throw signal.aborted ? error : new Unreachable(error);
  }
}

/** The name in a Content-Disposition (RFC 6266), the one with all its characters if there is one. */
export function fileName(disposition: string | null): string | null {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? "")?.[1];
  if (encoded) {
    try {
      return decodeURIComponent(encoded);
    } catch {
      // A name that cannot be read is none; the plain one follows.
    }
  }
  return /filename="([^"]+)"/i.exec(disposition ?? "")?.[1] ?? null;
}

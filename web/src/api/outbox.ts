/**
 * Changes on their way to the server. Each is a letter: written down in this browser before it is
 * sent, sent in order, one at a time over all tabs, with the idempotency key of its first try, and
 * crossed out when the server has answered. So it survives a lost network, a closed tab and a
 * closed browser, and is done once even if only its answer was lost.
 *
 * Whoever writes a letter waits for its answer. If the server is away they are given the outcome
 * that is to be expected, and the letter goes on by itself; what is refused then is kept, and shown
 * until somebody decides about it. How a kind of letter is carried to the server is the feature's
 * to say (`carriers`).
 */
import { newIdempotencyKey } from "./client";
import { connection } from "./connection";
import { deviceStore } from "./device-store";
import { Problem, Unreachable } from "./problem";

export interface Letter<Content = unknown> {
  /** Given by the store; the order of sending. */
  number?: number;
  readonly kind: string;
  readonly personId: string;
  /** The idempotency key. */
  readonly key: string;
  readonly content: Content;
  /** For the list of what waits: “Start ‘PCR’”. */
  readonly label: string;
  /** When the person acted, by this device's clock. */
  readonly actedAt: number;
  /** Whether it may have reached the server already. */
  wasTried: boolean;
  refusal?: Refusal;
}

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

export interface Delivery<Result = unknown> {
  readonly result: Result;
  /** A provisional id that later letters and this page use, and the real one. */
  readonly id?: readonly [provisional: string, real: string];
}

type Carrier = (letter: Letter, isRepeated: boolean) => Promise<Delivery>;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly provisional: () => unknown;
}

type Message =
  | { changed: true }
  | { delivered: string; delivery: Delivery }
  | { refused: string; refusal: Refusal };

/** The server keeps answers for a day; what was tried before that may have been done or not. */
export const dayMs = 24 * 3_600_000 - 600_000;
export const refusedAsDependent = "depends_on_refused";
export const refusedAsTooOld = "tried_too_long_ago";

const carriers = new Map<string, Carrier>();
let loadCarriers: () => Promise<unknown> = async () => undefined;
const waiting = new Map<string, Waiting>();
const realIds = new Map<string, string>();
const listeners = new Set<() => void>();
const deliveryListeners = new Set<(letter: Letter) => void>();
const channel =
  typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("benchbook-outbox");

let owner: string | null = null;
let letters: readonly Letter[] = [];
let sending: Promise<void> | null = null;
let again = false;
let pause: ReturnType<typeof setTimeout> | undefined;
/** Serialises what this tab writes, so that letters have the order of the deeds. */
let writing: Promise<unknown> = Promise.resolve();

export const outbox = {
  /** Where the carriers are to be had when the first letter is to be sent. */
  carriersFrom(load: () => Promise<unknown>) {
    loadCarriers = load;
  },

  /** Says how letters of a kind are carried to the server. */
  carry<Content, Result>(
    kind: string,
    carrier: (letter: Letter<Content>, isRepeated: boolean) => Promise<Delivery<Result>>,
  ) {
    carriers.set(kind, carrier as Carrier);
  },

  /** From now on letters are this person's; theirs from before are sent. */
  async open(personId: string) {
    owner = personId;
    await reload();
    void outbox.send();
  },

  /** Nobody is signed in any more. */
  close() {
    owner = null;
    show([]);
  },

  /** Letters of the person signed in, in order: those that wait, and those that were refused. */
  letters: () => letters,

  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  /** Told of every letter that arrived without anybody waiting for its answer. */
  onDelivery(listener: (letter: Letter) => void): () => void {
    deliveryListeners.add(listener);
    return () => deliveryListeners.delete(listener);
  },

  /** The id that the server gave to what had a provisional one here. */
  realId: (id: string) => realIds.get(id) ?? id,

  /**
   * Writes a letter and waits for its answer; while the server is away, for what is to be expected
   * (`provisional`). Throws the `Problem` that the server answers at once. `actedAt` is for deeds
   * that had to wait for another before they could be written.
   */
  async write<Result>(
    kind: string,
    content: unknown,
    options: { label: string; provisional: () => Result; key?: string; actedAt?: number },
  ): Promise<Result> {
    const letter: Letter = {
      kind,
      personId: owner ?? "",
      key: options.key ?? newIdempotencyKey(),
      content: withRealIds(content),
      label: options.label,
      actedAt: options.actedAt ?? Date.now(),
      wasTried: false,
    };
    const answer = new Promise<unknown>((resolve, reject) => {
      waiting.set(letter.key, { resolve, reject, provisional: options.provisional });
    });
    const written = writing.then(() => put(letter));
    writing = written.catch(() => undefined);
    try {
      await written;
    } catch {
      // Storage is switched off or full: it is carried all the same, as long as the page lives.
      return (await carryUnwritten(letter)) as Result;
    }
    if (!connection.isReachable()) {
      giveProvisional(letter.key);
    }
    void outbox.send();
    return (await answer) as Result;
  },

  /** Sends what waits, in this tab or another; resolves when nothing can be sent any more. */
  send(): Promise<void> {
    clearTimeout(pause);
    if (sending) {
      again = true;
      return sending;
    }
    sending = (async () => {
      do {
        again = false;
        await alone(sendAll);
      } while (again);
    })().finally(() => {
      sending = null;
    });
    return sending;
  },

  /** Tries a refused letter again, with what was held up by it; `more` is added to its content. */
  async retry(number: number, more?: object) {
    const store = await deviceStore();
    const letter = await store.get("letters", number);
    if (letter) {
      // A fresh key where the old one may have been forgotten by the server.
      const content = { ...(letter.content as object), ...more };
      await store.put("letters", {
        ...letter,
        content,
        wasTried: false,
        key: renewed(letter),
        refusal: none,
      });
      await reconsiderDependents(letter, false);
      await changed();
      await outbox.send();
    }
  },

  /** Gives a letter up, with what depends on it. */
  async discard(number: number) {
    const store = await deviceStore();
    const letter = await store.get("letters", number);
    if (letter) {
      await store.delete("letters", number);
      waiting.get(letter.key)?.reject(new Unreachable());
      waiting.delete(letter.key);
      await reconsiderDependents(letter, true);
      await changed();
    }
  },

  /** Gives up what a letter would have done, if it has not been sent yet; whether it could. */
  async withdraw(key: string): Promise<boolean> {
    return alone(async () => {
      await reload();
      const letter = letters.find((one) => one.key === key && !one.wasTried);
      if (letter?.number === undefined) {
        return false;
      }
      await outbox.discard(letter.number);
      return true;
    });
  },

  /** Gives up all letters of the person signed in. */
  async discardAll() {
    const store = await deviceStore();
    for (const { number } of letters) {
      if (number !== undefined) {
        await store.delete("letters", number);
      }
    }
    await changed();
  },
};

const none = undefined as unknown as Refusal;

async function sendAll() {
  const sender = owner;
  for (;;) {
    await reload();
    // While the server is away, the first that hears of it again goes on.
    if (owner === null || owner !== sender || !connection.isReachable()) {
      return;
    }
    const letter = letters.find(({ refusal }) => refusal === undefined);
    if (!letter) {
      return;
    }
    const goesOn = await sendOne(letter);
    if (!goesOn) {
      return;
    }
  }
}

/** Sends one letter; whether the next may follow. */
async function sendOne(letter: Letter): Promise<boolean> {
  const isRepeated = letter.wasTried;
  if (isRepeated && Date.now() - letter.actedAt > dayMs) {
    await refuse(letter, {
      status: 0,
      code: refusedAsTooOld,
      detail:
        "It was tried more than a day ago without an answer, so it may have been done or not. " +
        "Look whether it is there before you try again.",
    });
    return true;
  }
  if (!isRepeated) {
    letter.wasTried = true;
    await (await deviceStore()).put("letters", letter);
  }
  try {
    const carrier = await carrierOf(letter);
    if (!carrier) {
      throw new Problem(0, { code: "unknown_kind", detail: "This release cannot send it." }, null);
    }
    await deliver(letter, await carrier(letter, isRepeated));
    return true;
  } catch (error) {
    if (
      error instanceof Problem &&
      error.status !== 401 &&
      error.status !== 429 &&
      error.status < 500
    ) {
      await refuse(
        letter,
        { status: error.status, code: error.code, detail: error.message },
        error,
      );
      return true;
    }
    // No answer, or none that is about the change: later, and everything behind it.
    giveAllProvisional();
    const seconds = error instanceof Problem ? (error.retryAfterSeconds ?? 10) : 5;
    clearTimeout(pause);
    pause = setTimeout(() => void outbox.send(), seconds * 1000);
    again = false;
    return false;
  }
}

async function deliver(letter: Letter, delivery: Delivery) {
  const store = await deviceStore();
  const transaction = store.transaction("letters", "readwrite");
  if (letter.number !== undefined) {
    await transaction.store.delete(letter.number);
  }
  if (delivery.id) {
    const [provisional, real] = delivery.id;
    realIds.set(provisional, real);
    for (const later of await transaction.store.index("person").getAll(letter.personId)) {
      const text = JSON.stringify(later.content);
      if (text.includes(provisional)) {
        await transaction.store.put({
          ...later,
          content: JSON.parse(text.replaceAll(provisional, real)),
        });
      }
    }
  }
  await transaction.done;
  await changed();
  settle(letter.key, delivery, letter);
  channel?.postMessage({ delivered: letter.key, delivery } satisfies Message);
}

async function refuse(letter: Letter, refusal: Refusal, error?: Problem) {
  const store = await deviceStore();
  const waits = waiting.get(letter.key);
  if (waits && error) {
    // Somebody is there to be told, and decides.
    waiting.delete(letter.key);
    if (letter.number !== undefined) {
      await store.delete("letters", letter.number);
    }
  } else {
    await store.put("letters", { ...letter, refusal });
  }
  await holdUpDependents(letter);
  await changed();
  if (waits && error) {
    waits.reject(error);
  } else {
    channel?.postMessage({ refused: letter.key, refusal } satisfies Message);
  }
}

/** What is about something that does not exist for now waits for the decision about that. */
async function holdUpDependents(letter: Letter) {
  const provisional = `pending:${letter.key}`;
  const store = await deviceStore();
  for (const later of await store.getAllFromIndex("letters", "person", letter.personId)) {
    if (later.key !== letter.key && JSON.stringify(later.content).includes(provisional)) {
      await store.put("letters", {
        ...later,
        refusal: {
          status: 0,
          code: refusedAsDependent,
          detail: `It belongs to “${letter.label}”, which was not taken.`,
        },
      });
    }
  }
}

async function reconsiderDependents(letter: Letter, isGone: boolean) {
  const provisional = `pending:${letter.key}`;
  const store = await deviceStore();
  for (const later of await store.getAllFromIndex("letters", "person", letter.personId)) {
    if (later.number === undefined || later.key === letter.key) {
      continue;
    }
    if (!JSON.stringify(later.content).includes(provisional)) {
      continue;
    }
    if (isGone) {
      await store.delete("letters", later.number);
    } else if (later.refusal?.code === refusedAsDependent) {
      await store.put("letters", { ...later, refusal: none });
    }
  }
}

/**
 * A letter keeps its key for as long as the server would recognise it; the provisional id is made
 * of the key, so what others depend on keeps it always.
 */
function renewed(letter: Letter): string {
  return letter.refusal?.code === refusedAsTooOld &&
    letter.kind !== "start" &&
    letter.kind !== "create"
    ? newIdempotencyKey()
    : letter.key;
}

async function put(letter: Letter) {
  letter.number = await (await deviceStore()).add("letters", { ...letter });
  await changed();
}

async function carryUnwritten(letter: Letter): Promise<unknown> {
  waiting.delete(letter.key);
  const carrier = await carrierOf(letter);
  if (!carrier) {
    throw new Unreachable();
  }
  const { result, id } = await carrier(letter, false);
  if (id) {
    realIds.set(id[0], id[1]);
  }
  return result;
}

async function carrierOf({ kind }: Letter): Promise<Carrier | undefined> {
  if (!carriers.has(kind)) {
    await loadCarriers();
  }
  return carriers.get(kind);
}

function settle(key: string, delivery: Delivery, letter?: Letter) {
  if (delivery.id) {
    realIds.set(delivery.id[0], delivery.id[1]);
  }
  const waits = waiting.get(key);
  waiting.delete(key);
  if (waits) {
    waits.resolve(delivery.result);
  } else if (letter) {
    for (const listener of deliveryListeners) {
      listener(letter);
    }
  }
}

function giveProvisional(key: string) {
  const waits = waiting.get(key);
  waiting.delete(key);
  waits?.resolve(waits.provisional());
}

function giveAllProvisional() {
  for (const key of [...waiting.keys()]) {
    giveProvisional(key);
  }
}

function withRealIds<Content>(content: Content): Content {
  let text = JSON.stringify(content);
  for (const [provisional, real] of realIds) {
    text = text.replaceAll(provisional, real);
  }
  return JSON.parse(text);
}

async function changed() {
  await reload();
  channel?.postMessage({ changed: true } satisfies Message);
}

async function reload() {
  const whose = owner;
  if (whose === null) {
    return;
  }
  try {
    const found = await (await deviceStore()).getAllFromIndex("letters", "person", whose);
    if (owner === whose) {
      show(found.sort((one, other) => (one.number ?? 0) - (other.number ?? 0)));
    }
  } catch {
    show([]);
  }
}

function show(next: readonly Letter[]) {
  letters = next;
  for (const listener of listeners) {
    listener();
  }
}

/** One tab at a time; without locks (no HTTPS) this tab thinks of itself alone. */
function alone<Result>(work: () => Promise<Result>): Promise<Result> {
  return typeof navigator !== "undefined" && navigator.locks
    ? (navigator.locks.request("benchbook-outbox", work) as Promise<Result>)
    : work();
}

connection.subscribe((isReachable) => {
  if (isReachable) {
    void outbox.send();
  } else {
    giveAllProvisional();
  }
});

channel?.addEventListener("message", ({ data }: MessageEvent<Message>) => {
  if ("delivered" in data) {
    settle(data.delivered, data.delivery);
  } else if ("refused" in data) {
    const waits = waiting.get(data.refused);
    waiting.delete(data.refused);
    waits?.resolve(waits.provisional());
  } else {
    void reload();
  }
});

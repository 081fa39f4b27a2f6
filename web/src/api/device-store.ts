/** What this browser keeps for us: letters that were not sent yet, and what was last shown. */
import type { DBSchema, IDBPDatabase } from "idb";
import type { Letter } from "./outbox";

export interface KeptPages {
  readonly personId: string;
  readonly savedAt: number;
  readonly state: unknown;
}

interface Stores extends DBSchema {
  letters: { key: number; value: Letter; indexes: { person: string } };
  pages: { key: "latest"; value: KeptPages };
}

let opened: Promise<IDBPDatabase<Stores>> | null = null;

export function deviceStore(): Promise<IDBPDatabase<Stores>> {
  opened ??= open().catch((error) => {
    opened = null;
    throw error;
  });
  return opened;
}

async function open(): Promise<IDBPDatabase<Stores>> {
  const { openDB } = await import("idb");
  return openDB<Stores>("benchbook", 1, {
    upgrade(database) {
      database
        .createObjectStore("letters", { keyPath: "number", autoIncrement: true })
        .createIndex("person", "personId");
      database.createObjectStore("pages");
    },
    // Another tab has a newer release: let it upgrade.
    blocking: (_from, _to, event) => {
      (event.target as IDBDatabase).close();
      opened = null;
    },
    terminated: () => {
      opened = null;
    },
  });
}

/** Forgets what was shown to whoever leaves; what they could not send yet goes only when asked. */
export async function forgetPages() {
  try {
    await (await deviceStore()).clear("pages");
  } catch {
    // Storage is switched off: nothing was kept.
  }
}

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { Pause } from "./pause";

/** Unsaved text of one file in one browser tab. */
export interface Draft {
  key: string;
  workspaceId: string;
  path: string;
  tabId: string;
  text: string;
  baseVersion: string | null;
  /** Milliseconds since 1970. */
  at: number;
}

interface DraftsSchema extends DBSchema {
  drafts: { key: string; value: Draft; indexes: { workspace: string } };
}

/** Milliseconds without a key after which a changed text is kept, and those after which it is while somebody types on. */
const quiet = 250;
const most = 2000;

/** Keeps unsaved text in IndexedDB while it is typed, so a closed tab or a crash loses nothing. */
export class DraftStore {
  private readonly database: Promise<IDBPDatabase<DraftsSchema>>;
  private readonly waiting = new Map<string, Omit<Draft, "key" | "workspaceId" | "tabId" | "at"> | null>();
  private readonly pause = new Pause(() => void this.flush(), quiet, most);

  constructor(
    private readonly workspaceId: string,
    private readonly tabId: string,
    private readonly onError: (error: unknown) => void,
  ) {
    this.database = openDB<DraftsSchema>("millrace", 1, {
      upgrade(database) {
        database.createObjectStore("drafts", { keyPath: "key" }).createIndex("workspace", "workspaceId");
      },
    });
  }

  /** Keeps `text` in the next pause of typing, within two seconds. */
  keep(path: string, text: string, baseVersion: string | null): void {
    this.waiting.set(path, { path, text, baseVersion });
    this.pause.await();
  }

  /** Forgets the file's text: it is saved, or given up. */
  forget(path: string): void {
    this.waiting.set(path, null);
    this.pause.await();
  }

  /** Writes what waits, now. */
  async flush(): Promise<void> {
    this.pause.stop();
    const work = [...this.waiting];
    this.waiting.clear();
    try {
      const transaction = (await this.database).transaction("drafts", "readwrite");
      for (const [path, draft] of work) {
        const key = this.keyOf(path, this.tabId);
        if (draft === null) {
          void transaction.store.delete(key);
        } else {
          void transaction.store.put({
            ...draft,
            key,
            workspaceId: this.workspaceId,
            tabId: this.tabId,
            at: Date.now(),
          });
        }
      }
      // A page that is being closed lives to see nothing of this end.
      transaction.commit();
      await transaction.done;
    } catch (error) {
      this.onError(error);
    }
  }

  /**
   * Drafts that no living tab of this browser holds: this tab's own from before a reload, and those of closed tabs. The newest one of
   * each file; older ones of the same file stay kept until they are the newest.
   */
  async abandoned(livingTabs: ReadonlySet<string>): Promise<Draft[]> {
    try {
      const all = await (await this.database).getAllFromIndex("drafts", "workspace", this.workspaceId);
      const newest = new Map<string, Draft>();
      for (const draft of all) {
        const known = newest.get(draft.path);
        if ((draft.tabId === this.tabId || !livingTabs.has(draft.tabId)) && (!known || known.at < draft.at)) {
          newest.set(draft.path, draft);
        }
      }
      return [...newest.values()];
    } catch (error) {
      this.onError(error);
      return [];
    }
  }

  /** Makes a closed tab's draft this tab's own. */
  async adopt(draft: Draft): Promise<void> {
    try {
      const database = await this.database;
      const transaction = database.transaction("drafts", "readwrite");
      void transaction.store.put({ ...draft, key: this.keyOf(draft.path, this.tabId), tabId: this.tabId });
      if (draft.tabId !== this.tabId) {
        void transaction.store.delete(draft.key);
      }
      await transaction.done;
    } catch (error) {
      this.onError(error);
    }
  }

  private keyOf(path: string, tabId: string): string {
    return `${this.workspaceId}|${path}|${tabId}`;
  }
}

const tabIdKey = "millrace:tab";

/**
 * This browser tab's own id, the same after a reload, and the ids of the other living tabs. A lock, held as long as the page lives,
 * tells a reload from a duplicated tab.
 */
export function identifyTab(): Promise<TabIdentity> {
  identity ??= identify();
  return identity;
}

interface TabIdentity {
  tabId: string;
  living: ReadonlySet<string>;
}
let identity: Promise<TabIdentity> | null = null;

async function identify(): Promise<TabIdentity> {
  const prefix = "millrace-tab-";
  const state = await navigator.locks.query();
  const living = new Set(
    (state.held ?? []).flatMap((lock) => (lock.name?.startsWith(prefix) ? lock.name.slice(prefix.length) : [])),
  );
  const remembered = window.sessionStorage.getItem(tabIdKey);
  const tabId = remembered && !living.has(remembered) ? remembered : crypto.randomUUID();
  window.sessionStorage.setItem(tabIdKey, tabId);
  void navigator.locks.request(prefix + tabId, () => new Promise(() => undefined));
  return { tabId, living };
}

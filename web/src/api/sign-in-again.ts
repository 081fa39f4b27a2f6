/**
 * A login may end while a page is open. The request that noticed waits here until the person has
 * signed in again in a dialog over the page, and is then sent once more: nothing typed is lost.
 */

type Listener = () => void;

const listeners = new Set<Listener>();
let waiting: { promise: Promise<boolean>; resolve: (signedIn: boolean) => void } | null = null;
let hadLogin = false;

export const signInAgain = {
  /** From now on a 401 means that a login has ended, not that there never was one. */
  loginSeen() {
    hadLogin = true;
  },

  forgetLogin() {
    hadLogin = false;
  },

  isPossible: () => hadLogin,

  isWaiting: () => waiting !== null,

  subscribe(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  /** Resolves to whether the person signed in. */
  wait(): Promise<boolean> {
    if (!waiting) {
      let resolve: (signedIn: boolean) => void = () => undefined;
      const promise = new Promise<boolean>((settle) => {
        resolve = settle;
      });
      waiting = { promise, resolve };
      notify();
    }
    return waiting.promise;
  },

  settle(signedIn: boolean) {
    waiting?.resolve(signedIn);
    waiting = null;
    notify();
  },
};

function notify() {
  for (const listener of listeners) {
    listener();
  }
}

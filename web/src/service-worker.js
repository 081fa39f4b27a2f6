/*
 * Opens Benchbook without the server: keeps the files of one release, whole. The build puts
 * `RELEASE` (a digest) and `FILES` in front of this.
 *
 * Pages come from the server whenever it answers, so a new release is never hidden by an old one;
 * the kept page is for when it does not. Files with a digest in their name never change, and are
 * taken from what is kept. Answers of the API are never touched here.
 */
const PREFIX = "benchbook-release-";
const CURRENT = PREFIX + RELEASE;
const PATIENCE_MS = 5000;
const NOT_OURS = /^\/(?:api|health|refget|metrics|docs|reference|calendar)(?:\/|$)/;
const UNCHANGING = /^\/assets\/.*-[A-Za-z0-9_-]{8,}\.\w+$/;

self.addEventListener("install", (event) => {
  event.waitUntil(keepRelease());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOldReleases().then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  if (event.data === "take over") {
    self.skipWaiting();
  }
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (
    request.method !== "GET" ||
    url.origin !== self.location.origin ||
    NOT_OURS.test(url.pathname)
  ) {
    return;
  }
  if (request.mode === "navigate") {
    event.respondWith(openPage(request));
  } else if (UNCHANGING.test(url.pathname)) {
    event.respondWith(fileOf(request));
  } else if (FILES.includes(url.pathname)) {
    event.respondWith(fetch(request).catch(() => kept(url.pathname)));
  }
});

/** All files or none; what the release before has already is not loaded again. */
async function keepRelease() {
  const cache = await caches.open(CURRENT);
  await Promise.all(
    FILES.map(async (path) => {
      const known = UNCHANGING.test(path) && (await caches.match(path));
      if (known) {
        await cache.put(path, known);
        return;
      }
      const answer = await fetch(path, { cache: "no-cache", credentials: "same-origin" });
      if (!answer.ok) {
        throw new Error(`${path} was answered ${answer.status}`);
      }
      await cache.put(path, answer);
    }),
  );
}

/** Tabs of the release before may still want its files; older ones go. */
async function forgetOldReleases() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CURRENT);
  await Promise.all(names.slice(0, -1).map((name) => caches.delete(name)));
}

async function openPage(request) {
  try {
    const answer = await Promise.race([
      fetch(request),
      new Promise((_, reject) => setTimeout(reject, PATIENCE_MS, new Error("no answer"))),
    ]);
    // A proxy in front of a server that is away.
    if (answer.status < 502 || answer.status > 504) {
      return answer;
    }
    return (await kept("/")) ?? answer;
  } catch (error) {
    const page = await kept("/");
    if (page) {
      return page;
    }
    throw error;
  }
}

async function fileOf(request) {
  const known = await caches.match(request);
  if (known) {
    return known;
  }
  const answer = await fetch(request);
  if (answer.ok) {
    const cache = await caches.open(CURRENT);
    await cache.put(request, answer.clone());
  }
  return answer;
}

async function kept(path) {
  const cache = await caches.open(CURRENT);
  return (await cache.match(path)) ?? caches.match(path);
}

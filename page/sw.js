// What the page is made of stays for the next visit, with a network or without; a newer one comes first. The key is kept by the prover.
// build.ts writes FILES in front of this.
/* global FILES, self, caches, fetch, URL */
const CACHE = `inferproof-page ${self.registration.scope}`; // an origin may have several pages

self.addEventListener('install', (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});
self.addEventListener('activate', (event) => event.waitUntil(tidy().then(() => self.clients.claim())));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method === 'GET' && !new URL(request.url).pathname.endsWith('.key')) event.respondWith(answer(request));
});

/** Removes what an older page had. */
async function tidy() {
  const files = new Set(FILES.map((name) => new URL(name, self.registration.scope).href));
  const cache = await caches.open(CACHE);
  for (const request of await cache.keys()) if (!files.has(request.url)) await cache.delete(request);
}

async function answer(request) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(request);
    if (kept === undefined) throw error;
    return kept;
  }
}

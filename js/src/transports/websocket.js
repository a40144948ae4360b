// The native websocket. A transport is a class that looks like WebSocket (`onopen`, `onmessage`, `onclose`, `send`,
// `close`), so for this one all there is to do is to find the class and the address.

/** The page's WebSocket class, or a sentence that says what to do without one. */
export function nativeWebSocket() {
  if (typeof globalThis.WebSocket === 'function') return globalThis.WebSocket;
  throw new TypeError('There is no WebSocket here. Pass one: connect({ url, WebSocket }).');
}

/**
 * The address to connect to: `endpoint` may be a path (`/ws`), or a full address of any of ws, wss, http and https.
 * It is resolved against the page, so a page that came by https gets wss.
 */
export function websocketUrl(endpoint, page = globalThis.location?.href) {
  let url;
  try {
    url = new URL(endpoint, page);
  } catch {
    throw new TypeError(`No address to connect to: "${endpoint}" is not a full address, and there is no page to resolve it against.`);
  }
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new TypeError(`Cannot connect to "${url.href}": expected ws, wss, http or https.`);
  }
  url.hash = ''; // Browsers refuse a websocket address with a fragment.
  return url.href;
}

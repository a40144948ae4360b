// SockJS, for networks that let no websocket through. The page brings the library (0.3.4, as SwampDragon's pages have it,
// or sockjs-client); its sockets look like WebSocket already, but want an address of http.

/** See sockjs.d.ts. */
export function sockjsTransport(SockJS, options = {}) {
  return class {
    constructor(url) {
      // What a constructor returns is what `new` gives. (SockJS 0.3.4 takes a protocol's name where 1 takes nothing.)
      return new SockJS(url.replace(/^ws/, 'http'), null, options);
    }
  };
}

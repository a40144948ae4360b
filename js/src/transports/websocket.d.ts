/**
 * What a transport looks like: as much of WebSocket as the client uses.
 *
 * `onclose` comes exactly once, also when the connection never opened. Messages are texts, each handed over in a task of
 * its own (as WebSocket does): code that awaits a reply runs before the message after it.
 */
export interface WebSocketLike {
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

/** A class of transports: the page's `WebSocket`, or another of the same look. */
export type WebSocketClass = new (url: string) => WebSocketLike;

/** The clock, for tests that own it. */
export interface Timers {
  setTimeout(fn: () => void, ms: number): any;
  clearTimeout(id: any): void;
}

/** Who tells of `online` and `offline`; in a page, the window. */
export interface Network {
  addEventListener(type: 'online' | 'offline', fn: () => void): void;
  removeEventListener(type: 'online' | 'offline', fn: () => void): void;
}

import type { WebSocketClass } from './websocket.js';

/**
 * Connects by SockJS instead of a websocket, with the SockJS library of the page: 0.3.4, or sockjs-client.
 *
 * ```js
 * connect({ url: '/data', WebSocket: sockjsTransport(SockJS), connectTimeout: 60_000 });
 * ```
 *
 * Give `connectTimeout` time: SockJS tries one transport after the other.
 *
 * @param options SockJS's own, such as `{ transports: ['xhr-polling'] }`
 */
export function sockjsTransport(SockJS: SockJSClass, options?: Record<string, unknown>): WebSocketClass;

/** The constructor of a SockJS library. */
export type SockJSClass = new (url: string, protocols?: any, options?: any) => any;

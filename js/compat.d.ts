/**
 * SwampDragon's browser interface, by its own names, over Dragon's client: for pages that were written for SwampDragon.
 *
 * ```html
 * <script src="/settings.js"></script>
 * <script src="/dragon-compat.js"></script>
 * ```
 *
 * sets `window.swampdragon`, `window.DataMapper` and, where AngularJS is loaded, the module `SwampDragonServices`. It
 * connects by a websocket; with `data-transport="sockjs"` on the second script, by the `SockJS` of the page. With
 * modules, `install()` does the same.
 *
 * What differs from SwampDragon's own script:
 *
 * - Calls made while there is no connection wait for it instead of throwing.
 * - After an outage the subscriptions are there again. If something may have been missed, `onChannelMessage` gets
 *   `{action: 'resync'}`: load anew. (A page that loads in `open` does so already.)
 * - `failure` is also called when a login is required, and when no reply comes: every failure but validation has the
 *   data `{error: ['One sentence.']}` or null.
 * - `unsubscribe` ends a subscription for the local channel that it names, not for all of them.
 * - The page's `args` are not changed.
 *
 * @packageDocumentation
 */
import type { Args, Client, ConnectOptions } from './src/client.js';
import type { DataMapper as Mapper } from './src/data/mapper.js';
import type { ReplyContext } from './src/error.js';

export { DataMapper } from './src/data/mapper.js';

/**
 * Puts `swampdragon`, `DataMapper` and, with AngularJS, `SwampDragonServices` on the page, and connects. SwampDragon's
 * pages also find the function `indexOf` that its datamapper.js left there.
 */
export function install(page?: object, options?: InstallOptions): SwampDragon;

/** The `swampdragon` object alone. */
export function createSwampDragon(options?: ConnectOptions): SwampDragon;

/** Makes the AngularJS module `SwampDragonServices`, whose service is `$dragon`, and returns it. */
export function angularModule(angular: any, swampdragon: SwampDragon): any;

export interface InstallOptions extends ConnectOptions {
  /** `websocket` (default), or `sockjs` with the page's global `SockJS`. */
  transport?: 'websocket' | 'sockjs' | undefined;
  /** Options for SockJS. */
  sockjs?: Record<string, unknown>;
}

/** A callback: the reply's context, and its data. Of a failure, the data is the messages by field. */
export type Callback<Data = any> = (context: ReplyContext, data: Data) => void;

/** A message on a channel. */
export interface ChannelMessage {
  action?: string;
  data?: any;
  [key: string]: unknown;
}

export interface SwampDragon {
  /** Calls `fn` once: now if there is a connection, else when there is. */
  ready(fn: () => void): void;
  /** Calls `fn` now if there is a connection, else each time that one opens. */
  open(fn: () => void): void;
  /** Calls `fn` each time that the connection is lost. */
  close(fn: () => void): void;
  /** Calls `fn` for each message, with the local channels that it concerns. */
  onChannelMessage(fn: (channels: string[], message: ChannelMessage) => void): void;
  /** Calls `fn` when the server has sent a heartbeat (which has been answered). */
  onHeartbeat(fn: (message: { heartbeat: string | number }) => void): void;
  /** Calls a verb of a router. `channel` is added to the arguments. */
  callRouter(verb: string, route: string, args?: Args | null, success?: Callback | null, failure?: Callback | null, channel?: string | null): void;
  /** Subscribes under a local name; the data is the object map for a {@link DataMapper}. */
  subscribe(route: string, channel: string, args?: Args | null, success?: Callback | null, failure?: Callback | null): void;
  unsubscribe(route: string, channel: string, args?: Args | null, success?: Callback | null, failure?: Callback | null): void;
  getSingle(route: string, data?: Args | null, success?: Callback | null, failure?: Callback | null): void;
  getList(route: string, data?: Args | null, success?: Callback | null, failure?: Callback | null): void;
  /** `context.client_context.page` says which page it is. */
  getPagedList(route: string, data?: Args | null, page?: number, success?: Callback | null, failure?: Callback | null): void;
  create(route: string, data: Args, success?: Callback | null, failure?: Callback | null): void;
  update(route: string, data: Args, success?: Callback | null, failure?: Callback | null): void;
  delete(route: string, data: Args, success?: Callback | null, failure?: Callback | null): void;
  /** Sends a text as it is; a request in it is made as `callRouter` would. False if there is no connection to take it. */
  send(text: string): boolean;
  sendJSON(data: unknown): boolean;
  /** The client below, which SwampDragon has not: for pages on their way to it. */
  readonly client: Client;
}

/** What a call of `$dragon` resolves to; `context` is the router's `client_context`, if it has one. */
export interface DragonResponse<Data = any> {
  data: Data;
  context?: Record<string, unknown>;
}

/** What it rejects with. */
export interface DragonRejection {
  errors: Record<string, string[]> | null;
}

/** The service `$dragon`. Its promises are AngularJS's (`$q`). */
export interface DragonService {
  onReady(fn: () => void): void;
  onChannelMessage(fn: (channels: string[], message: ChannelMessage) => void): void;
  callRouter<Data = any>(verb: string, route: string, args?: Args | null, channel?: string | null): PromiseLike<DragonResponse<Data>>;
  getList<Data = any>(route: string, data?: Args | null): PromiseLike<DragonResponse<Data[]>>;
  getPagedList<Data = any>(route: string, data?: Args | null, page?: number): PromiseLike<DragonResponse<Data[]>>;
  getSingle<Data = any>(route: string, data?: Args | null): PromiseLike<DragonResponse<Data>>;
  create<Data = any>(route: string, data: Args): PromiseLike<DragonResponse<Data>>;
  update<Data = any>(route: string, data: Args): PromiseLike<DragonResponse<Partial<Data>>>;
  delete<Data = any>(route: string, data: Args): PromiseLike<DragonResponse<Data>>;
  subscribe(route: string, channel: string, args?: Args | null): PromiseLike<DragonResponse>;
  unsubscribe(route: string, channel: string, args?: Args | null): PromiseLike<DragonResponse>;
}

declare global {
  interface Window {
    swampdragon: SwampDragon;
    DataMapper: typeof Mapper;
  }
}

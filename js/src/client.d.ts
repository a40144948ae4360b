import type { Backoff } from './backoff.js';
import type { DragonError, Position, ReplyContext } from './error.js';
import type { Routes, TypedClient } from './routes.js';
import type { Network, Timers, WebSocketClass } from './transports/websocket.js';

/**
 * Opens a connection and keeps it: what drops comes back, with growing and jittered waits, and what was subscribed is
 * resumed. Returns at once; calls made before the connection is open wait for it.
 *
 * ```js
 * const client = connect();
 * const list = await client.getSingle('todo-list', { id: 1 });
 * ```
 *
 * In TypeScript, the file that `dragon-cli types` writes makes the client know the server's routes; nothing else is to be
 * written. A page with two servers names the routes of each: `connect<import('./other.js').Routes>()`.
 */
export function connect<R = Routes>(options?: ConnectOptions): Client<R>;

/** Everything has a default. The lower half is for tests and for pages without a browser's globals. */
export interface ConnectOptions {
  /**
   * Where the server is: a path, or a full address (ws, wss, http or https). Default: `window.dragon_settings.endpoint`,
   * which the server's `/settings.js` sets, else `/ws`.
   */
  url?: string;
  /** Milliseconds that a call may take, the wait for a connection included. Default 20,000; 0 means no limit. */
  timeout?: number;
  /** Milliseconds that one attempt to connect may take. Default 10,000. */
  connectTimeout?: number;
  /** How long to wait before the next attempt. See `backoff`. */
  backoff?: Backoff;
  /** Milliseconds after which an open connection counts as steady and the waits start small again. Default 5,000. */
  steadyAfter?: number;
  /** The class to connect with. Default: the page's `WebSocket`. */
  WebSocket?: WebSocketClass;
  timers?: Timers;
  /** Who tells of `online` and `offline`; null for no one. Default: the window. */
  network?: Network | null;
  /** A number from 0 up to 1, for the jitter. Default: `Math.random`. */
  random?: () => number;
}

/**
 * Where the connection stands. `connecting` → `open` → (lost) `waiting` → `connecting` …; `closed` is the end, reached by
 * `close()` or when the server closes with a code that means "do not come back".
 */
export type State = 'connecting' | 'open' | 'waiting' | 'closed';

/** More about a state; which keys there are depends on it. */
export interface StateInfo {
  /** `waiting`, `closed`: with which code the connection ended. */
  code?: number;
  /** `waiting`, `closed`: what the server said when it ended. */
  reason?: string;
  /** `waiting`: milliseconds until the next attempt. */
  retryIn?: number;
  /** `closed`: why, as every call from now on is rejected. */
  error?: DragonError;
}

/** The arguments of a verb. */
export type Args = Record<string, unknown>;

/** Which rows: a field, or `field__lookup`, to a value. All of them must match. */
export type Filters = Record<string, unknown>;

/** A row as it is on the wire: `id`, `_type`, and what the serializer publishes. */
export interface Row {
  id: number | string;
  _type: string;
  [field: string]: unknown;
}

export type Action = 'created' | 'updated' | 'deleted' | 'resync';

/** A message on a channel. A router's own messages have keys of their own and no `action`. */
export interface Push {
  channel: string;
  action?: Action;
  data?: any;
  position?: Position;
  [key: string]: unknown;
}

export interface Reply<Data = any> {
  data: Data;
  context: ReplyContext;
}

/** What a paginating router says about a page. */
export interface Page {
  page: number;
  page_count: number;
  total_count?: number;
  per_page?: number;
  has_next: boolean;
  has_previous: boolean;
}

export interface PagedList<Data = any, Paged = Page | null> {
  data: Data[];
  /** Null if the router does not paginate. */
  page: Paged;
  context: ReplyContext;
}

export interface CallOptions {
  /** Milliseconds, instead of the client's own limit; 0 means no limit. */
  timeout?: number;
}

export interface SubscribeOptions extends CallOptions {
  /** Answer with the rows as well: exactly those of `position`, so that what follows has neither a gap nor a double. */
  snapshot?: boolean;
  /** Go on from a position that you kept; see `recovered`. (After an outage the client does this by itself.) */
  since?: Position | Record<string, Position>;
}

export interface Subscribed<Data = any> {
  /** The object map of related models, an `ObjectMap`; `[]` without any. */
  data: any;
  /** With `{snapshot: true}`: the rows. Absent when `recovered`, for then those that you have go on being true. */
  snapshot?: Data[];
  /** Where this subscription starts; a map if it opened several channels. */
  position?: Position | Record<string, Position>;
  /** Whether everything missed since the position named follows. If not, load anew. */
  recovered: boolean;
  /** The names of the channels on the wire. */
  channels: string[];
  context: ReplyContext;
}

/** What was answered to a subscription, the first time and after each outage. */
export interface SubscriptionAnswer<Data = any, Route = string> extends Partial<Subscribed<Data>> {
  route: Route;
  /** The local channel. */
  channel: string;
  filters: Filters;
  channels: string[];
  /** False for the answer to your own `subscribe`; true when the client subscribed again for you. */
  resumed: boolean;
  recovered: boolean;
  /** Why the subscription could not be had again, and is over; null if it stands. */
  error: DragonError | null;
}

/**
 * A connection to a Dragon server.
 *
 * Every call gives a promise of the reply's `data` and rejects with a {@link DragonError}. If the connection drops, calls
 * that were not sent yet wait for the next one, `getList` and `getSingle` are asked again, and every other call that was
 * sent rejects with code `disconnected`: it may or may not have run, and only you know whether it may run twice.
 *
 * It takes and gives what the server's routes say, where `dragon-cli types` has written that down: {@link TypedClient}.
 * Without that file it takes any route: {@link UntypedClient}.
 */
export type Client<R = Routes> = 0 extends 1 & R ? UntypedClient : [keyof R] extends [never] ? UntypedClient : TypedClient<R>;

/** The property by which the compiler tells clients of different routes apart. No client has it. */
declare const routes: unique symbol;

/** What a client is and does, whatever it knows of the routes. */
export interface ClientBase<R> {
  readonly [routes]?: R;

  readonly state: State;
  /** Resolves when the connection is open, at once if it is; rejects if it is closed for good first. */
  ready(): Promise<void>;
  /** Calls `fn` with the state, now and at each change. Returns how to stop that. */
  onState(fn: (state: State, info: StateInfo) => void): () => void;
  /** Closes the connection for good. What is under way rejects with code `closed`. */
  close(): void;

  /**
   * Shows a token (browsers cannot set headers) and gives the user's name for whom the server takes it. After an outage
   * the client shows it again, before anything else. Rejects with code `login_required` if the token is no good; it is
   * then forgotten, and who was logged in with another stays so on this connection.
   */
  login(token: string): Promise<string>;
  /** Is nobody from now on. What was subscribed goes on with what a guest may see. */
  logout(): Promise<void>;
}

/** A client that knows nothing of the routes: any route, any arguments, rows of the type that you say. */
export interface UntypedClient extends ClientBase<undefined> {
  getList<Data = any>(route: string, args?: Args): Promise<Data[]>;
  getSingle<Data = any>(route: string, args?: Args): Promise<Data>;
  /** One page of a list, from 1, with what the router says about it. */
  getPagedList<Data = any>(route: string, page?: number, args?: Args): Promise<PagedList<Data>>;
  /** Creates a row and gives it whole. */
  create<Data = any>(route: string, args?: Args): Promise<Data>;
  /** Changes a row and gives `id`, `_type` and the fields that changed; all of it if none did. */
  update<Data = any>(route: string, args: Args): Promise<Partial<Data>>;
  /** Deletes a row and gives what it was. */
  delete<Data = any>(route: string, args: Args): Promise<Data>;
  /** Calls a verb of the router's own. */
  callRouter<Data = any>(verb: string, route: string, args?: Args, options?: CallOptions): Promise<Data>;
  /** As `callRouter`, with the reply's context. */
  call<Data = any>(verb: string, route: string, args?: Args, options?: CallOptions): Promise<Reply<Data>>;

  /**
   * Subscribes to the rows that match `filters`, under a local name of your own. Several names may share a subscription,
   * and one name may stand for several. It lasts until `unsubscribe`, outages included: the client resumes it from the
   * last position that it saw.
   */
  subscribe<Data = any>(route: string, channel: string, filters?: Filters, options?: SubscribeOptions): Promise<Subscribed<Data>>;
  /** Ends that, for this local name. */
  unsubscribe(route: string, channel: string, filters?: Filters): Promise<unknown>;
  /**
   * Calls `fn` for each message, with the local channels that it concerns. `{action: 'resync'}` means that something may
   * be missing: load anew. Returns how to stop that.
   */
  onChannelMessage(fn: (channels: string[], message: Push) => void): () => void;
  /**
   * Calls `fn` for each answer to a subscription. After an outage (`resumed`), `recovered` says whether what was missed
   * follows as messages; if not, load anew. Returns how to stop that.
   */
  onSubscription(fn: (answer: SubscriptionAnswer) => void): () => void;
}

export {};

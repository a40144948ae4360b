import type { Filters, Row, UntypedClient } from '../client.js';
import type { DragonError } from '../error.js';
import type { FilterOf, LiveRoute, RowOf, TypedClient } from '../routes.js';
import type { Timers } from '../transports/websocket.js';
import type { Order, OrderOfRows } from './order.js';
import type { Readable } from './store.js';

/**
 * - `idle`: nobody listens.
 * - `loading`: the first rows are on their way.
 * - `live`: the rows are those of the server.
 * - `stale`: they were; the connection is lost, or they are being loaded anew.
 * - `error`: the server refuses the list, see `error`. Rows that were there stay.
 */
export type LiveStatus = 'idle' | 'loading' | 'live' | 'stale' | 'error';

export interface LiveState {
  status: LiveStatus;
  error: DragonError | null;
}

export interface LiveListOptions<Data = any, By = Order<Data>> {
  /** How the rows are sorted; always by the primary key in the end. Default: by it alone. */
  order?: By;
  /** Milliseconds that the subscription outlives its last listener. Default 1,000. */
  linger?: number;
  /** The local channel's name. Default: one of its own. */
  channel?: string;
  timers?: Timers;
  random?: () => number;
}

/**
 * The rows that match `filters`, kept true. It starts with the first listener and stops shortly after the last has left.
 *
 * ```js
 * const open = liveList(client, 'todo-item', { todo_list_id: 1, done: false }, { order: ['text'] });
 * const stop = open.subscribe((rows) => { count.textContent = rows.length; });
 * open.state.subscribe(({ status }) => { page.dataset.status = status; });
 * ```
 *
 * Each change gives a new array; rows that did not change are the same objects as before. They are the list's: do not
 * change them.
 */
export function liveList<Data = Row>(
  client: UntypedClient,
  route: string,
  filters?: Filters,
  options?: LiveListOptions<Data>,
): LiveList<Data>;
/** The same, of a client that knows the server's routes. */
export function liveList<R, K extends LiveRoute<R>>(
  client: TypedClient<R>,
  route: K,
  filters?: FilterOf<K, R>,
  options?: LiveListOptions<RowOf<K, R>, OrderOfRows<RowOf<K, R>>>,
): LiveList<RowOf<K, R>>;

export interface LiveList<Data = Row> extends Readable<readonly Data[]> {
  readonly status: LiveStatus;
  /** Why the status is `error`; otherwise null. */
  readonly error: DragonError | null;
  /** Status and error as a store. Listening to it does not start the list. */
  readonly state: Readable<LiveState>;
  /** Loads anew, for instance after an error. Without listeners it does nothing. */
  reload(): void;
}

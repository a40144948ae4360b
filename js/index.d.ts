/**
 * The browser's side of Dragon: calls, subscriptions, and lists that stay true.
 *
 * ```js
 * import { connect, liveList } from 'dragon-client';
 *
 * const client = connect(); // To window.dragon_settings.endpoint, by default '/ws' of the page's own host.
 *
 * const items = liveList(client, 'todo-item', { todo_list_id: 1 }, { order: 'text' });
 * const stop = items.subscribe((rows) => render(rows)); // Now, and whenever anyone changes anything.
 *
 * await client.create('todo-item', { todo_list_id: 1, text: 'Milk' });
 * ```
 *
 * - {@link connect} opens a connection that comes back by itself, and gives a {@link Client}.
 * - {@link liveList} is a list of rows that is kept true. Most pages need nothing else.
 * - {@link DataMapper} lays messages over data that the page holds itself, as SwampDragon's did.
 * - {@link DragonError} is what failed calls are rejected with.
 *
 * With a script tag, `/dragon.js` of a Dragon server is all of this as `window.dragon`.
 *
 * @packageDocumentation
 */
export { backoff } from './src/backoff.js';
export type { Backoff, BackoffInput } from './src/backoff.js';
export { connect } from './src/client.js';
export type {
  Action,
  Args,
  CallOptions,
  Client,
  ClientBase,
  ConnectOptions,
  Filters,
  Page,
  PagedList,
  Push,
  Reply,
  Row,
  State,
  StateInfo,
  SubscribeOptions,
  Subscribed,
  SubscriptionAnswer,
  UntypedClient,
} from './src/client.js';
export { liveList } from './src/data/live-list.js';
export type { LiveList, LiveListOptions, LiveState, LiveStatus } from './src/data/live-list.js';
export { DataMapper } from './src/data/mapper.js';
export type { Change, ObjectLink, ObjectMap } from './src/data/mapper.js';
export { compareText, compareValues, orderBy } from './src/data/order.js';
export type { Compare, Order, OrderKey, OrderOfRows } from './src/data/order.js';
export { createStore } from './src/data/store.js';
export type { Readable, Store, StoreOptions } from './src/data/store.js';
export { DragonError } from './src/error.js';
export type { ClientErrorCode, ErrorCode, FieldErrors, Position, ReplyContext, ServerErrorCode } from './src/error.js';
// All of it: only so can a file of types add to `Routes`.
export * from './src/routes.js';
export type { Network, Timers, WebSocketClass, WebSocketLike } from './src/transports/websocket.js';

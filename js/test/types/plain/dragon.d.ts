// The routes of the app 'todo', for the compiler and the editor.
//
// Written by `dragon-cli types` from the routers and serializers. Do not edit it: change those, and run that
// again. `dragon-cli types --check` fails where this file is out of date.

/** A row of `todoitem`, as `TodoItemSerializer` tells it. */
export interface TodoItem {
  id: number;
  _type: 'todoitem';
  done: boolean;
  text: string;
}

/** A row of `todolist`, as `TodoListSerializer` tells it. */
export interface TodoList {
  id: number;
  _type: 'todolist';
  name: string;
  description: string;
}

/** What lists and subscriptions of `todo-list` can be filtered by. */
export interface TodoListFilter {
  id?: number;
  id__in?: readonly number[];
  id__lt?: number;
  id__lte?: number;
  id__gt?: number;
  id__gte?: number;
}

/** What `create` of `todo-list` takes. */
export interface TodoListCreate {
  name: string;
  description: string;
}

/** What `update` of `todo-list` takes: the fields to change. */
export interface TodoListUpdate {
  id: number;
  name?: string;
  description?: string;
}

/** What lists and subscriptions of `todo-item` can be filtered by. */
export interface TodoItemFilter {
  id?: number;
  id__in?: readonly number[];
  id__lt?: number;
  id__lte?: number;
  id__gt?: number;
  id__gte?: number;
  todo_list__id?: number;
  todo_list__id__in?: readonly number[];
  todo_list__id__lt?: number;
  todo_list__id__lte?: number;
  todo_list__id__gt?: number;
  todo_list__id__gte?: number;
  todo_list_id?: number;
  todo_list_id__in?: readonly number[];
  todo_list_id__lt?: number;
  todo_list_id__lte?: number;
  todo_list_id__gt?: number;
  todo_list_id__gte?: number;
  done?: boolean;
  done__in?: readonly boolean[];
  text?: string;
  text__in?: readonly string[];
  text__lt?: string;
  text__lte?: string;
  text__gt?: string;
  text__gte?: string;
  text__contains?: string;
}

/** What `create` of `todo-item` takes. */
export interface TodoItemCreate {
  done?: boolean;
  text: string;
  /** No update field: for the router's `initial`. */
  todo_list_id?: number;
}

/** What `update` of `todo-item` takes: the fields to change. */
export interface TodoItemUpdate {
  id: number;
  done?: boolean;
  text?: string;
}

/** The routes of the server, by name. */
export interface Routes {
  'todo-list': {
    verbs: 'get_list' | 'get_single' | 'create' | 'update' | 'delete' | 'subscribe' | 'unsubscribe';
    row: TodoList;
    filter: TodoListFilter;
    order: 'id' | 'name';
    create: TodoListCreate;
    update: TodoListUpdate;
  };
  'todo-item': {
    verbs: 'get_list' | 'get_single' | 'create' | 'update' | 'delete' | 'subscribe' | 'unsubscribe';
    row: TodoItem;
    filter: TodoItemFilter;
    order: 'id' | 'text';
    create: TodoItemCreate;
    update: TodoItemUpdate;
  };
}

declare global {
  interface Window {
    /** The client, by `<script src="/dragon.js"></script>`. */
    dragon: typeof import('./dragon.js');
  }
}

// ---- The client -------------------------------------------------------------------

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

// The server's routes, for the compiler: nothing of this is there at run time.


/**
 * The routes of the server, by name. It is empty here, and then a client takes any route; `dragon-cli types` writes a file
 * that fills it in, for every file of a project that has that one:
 *
 * ```ts
 * declare module 'dragon-client' {
 *   interface Routes {
 *     'todo-item': { verbs: 'get_list' | 'create'; row: TodoItem; filter: TodoItemFilter; … };
 *   }
 * }
 * ```
 */
export interface Routes {}

/** What {@link Routes} says of a route. A plain router has no more than its verbs and their calls. */
export interface RouteTypes {
  /** The verbs that it has. */
  verbs: string;
  /** What its own verbs take and answer, as far as it is known: by verb, an {@link OwnVerb}. */
  calls?: object;
  /** A row as it is on the wire. */
  row?: { id: unknown; _type: string };
  /** What `subscribe` tells beside: the rows that the rows lead to. */
  covers?: { id: unknown; _type: string };
  /** What lists and subscriptions can be filtered by. */
  filter?: object;
  /** What `get_list` can sort by. */
  order?: string;
  /** What `create` takes. */
  create?: object;
  /** What `update` takes. */
  update?: object;
  /** Whether `get_list` answers in pages. */
  paged?: boolean;
}

/** What a verb of a router's own takes and answers. */
export interface OwnVerb {
  args?: object;
  data: unknown;
}

/** The names of the routes. */
export type RouteName<R = Routes> = keyof R & string;

/** The routes that have a verb. */
export type RouteWith<Verb extends string, R = Routes> = {
  [K in RouteName<R>]: R[K] extends { verbs: infer Verbs } ? (Verb extends Verbs ? K : never) : never;
}[RouteName<R>];

/** The routes whose rows can be a `liveList`. */
export type LiveRoute<R = Routes> = {
  [K in RouteWith<'subscribe', R>]: R[K] extends { row: object } ? K : never;
}[RouteWith<'subscribe', R>];

/** The routes whose lists come in pages. */
export type PagedRoute<R = Routes> = {
  [K in RouteWith<'get_list', R>]: R[K] extends { paged: true } ? K : never;
}[RouteWith<'get_list', R>];

/** The verbs of a route. */
export type VerbOf<K, R = Routes> = Of<K, R> extends { verbs: infer Verbs extends string } ? Verbs : string;

/** A row of a route. */
export type RowOf<K, R = Routes> = Of<K, R> extends { row: infer Row } ? Row : any;

/** What lists and subscriptions of a route can be filtered by. */
export type FilterOf<K, R = Routes> = Of<K, R> extends { filter: infer Filter } ? Filter : Args;

/** What `create` of a route takes. */
export type CreateOf<K, R = Routes> = Of<K, R> extends { create: infer Create } ? Create : Args;

/** What `update` of a route takes. */
export type UpdateOf<K, R = Routes> = Of<K, R> extends { update: infer Update } ? Update : Args;

/** What names a row of a route. */
export type KeyOf<K, R = Routes> = RowOf<K, R> extends { id: infer Id } ? { id: Id } : Args;

/** What `get_list` of a route takes. */
export type ListArgs<K, R = Routes> = FilterOf<K, R> & Sorted<Of<K, R>> & Portion<Of<K, R>>;

/** What `update` answers and a push of `updated` bears: what changed, and of relations perhaps only the keys. */
export type Changed<Row> = Row extends { id: unknown; _type: string }
  ? Pick<Row, 'id' | '_type'> & { [Field in Exclude<keyof Row, 'id' | '_type'>]?: Row[Field] | KeysOf<Row[Field]> }
  : never;

/** A message on a channel: a change of a row, a hole, or what a router tells itself. */
export type TypedPush<R = Routes> =
  | RowPush<RowOf<LiveRoute<R>, R>, CoveredBy<LiveRoute<R>, R>>
  | { channel: string; action: 'resync'; data?: never; position?: Position; [key: string]: unknown }
  | { channel: string; action?: never; data?: any; position?: Position; [key: string]: unknown };

type RowPush<Row, Covered> =
  | { channel: string; action: 'created'; data: Row | Changed<Covered>; position?: Position; [key: string]: unknown }
  | { channel: string; action: 'updated'; data: Changed<Row | Covered>; position?: Position; [key: string]: unknown }
  | { channel: string; action: 'deleted'; data: Reference<Row | Covered>; position?: Position; [key: string]: unknown };

type Of<K, R> = K extends keyof R ? R[K] : never;
type Reference<Row> = Row extends { id: unknown; _type: string } ? Pick<Row, 'id' | '_type'> : never;
type CoveredBy<K, R> = Of<K, R> extends infer Entry ? (Entry extends { covers: infer Covered } ? Covered : never) : never;
type Sorted<Entry> = Entry extends { order: infer Field extends string }
  ? { _order?: Field | `-${Field}` | readonly (Field | `-${Field}`)[] }
  : unknown;
type Portion<Entry> = Entry extends { paged: true } ? { _page?: number } : { _limit?: number };

/** The keys of related rows, in place of the rows. */
type KeysOf<Value> = [NonNullable<Value>] extends [never]
  ? never
  : NonNullable<Value> extends readonly { id: infer Id; _type: string }[]
    ? Id[]
    : NonNullable<Value> extends { id: infer Id; _type: string }
      ? Id
      : never;

type CallArgs<K, Verb, R> = Own<K, Verb, R> extends { args: infer Given } ? Given : Args;

type CallData<K, Verb, R> =
  Own<K, Verb, R> extends { data: infer Data }
    ? Data
    : Verb extends 'get_list'
      ? RowOf<K, R>[]
      : Verb extends 'get_single' | 'create' | 'delete'
        ? RowOf<K, R>
        : Verb extends 'update'
          ? Changed<RowOf<K, R>>
          : any;

type Own<K, Verb, R> = Of<K, R> extends { calls: infer Calls } ? (Verb extends keyof Calls ? Calls[Verb] : unknown) : unknown;

/** A client that knows the routes of its server: what it takes and gives is what they say. */
export interface TypedClient<R = Routes> extends ClientBase<R> {
  getList<K extends RouteWith<'get_list', R>>(route: K, args?: ListArgs<K, R>): Promise<RowOf<K, R>[]>;
  getSingle<K extends RouteWith<'get_single', R>>(route: K, args: KeyOf<K, R>): Promise<RowOf<K, R>>;
  /** One page of a list, from 1, with what the router says about it. */
  getPagedList<K extends PagedRoute<R>>(
    route: K,
    page?: number,
    args?: ListArgs<K, R>,
  ): Promise<PagedList<RowOf<K, R>, Page>>;
  /** Creates a row and gives it whole. */
  create<K extends RouteWith<'create', R>>(route: K, args: CreateOf<K, R>): Promise<RowOf<K, R>>;
  /** Changes a row and gives `id`, `_type` and the fields that changed; all of it if none did. */
  update<K extends RouteWith<'update', R>>(route: K, args: UpdateOf<K, R>): Promise<Changed<RowOf<K, R>>>;
  /** Deletes a row and gives what it was. */
  delete<K extends RouteWith<'delete', R>>(route: K, args: KeyOf<K, R>): Promise<RowOf<K, R>>;
  /**
   * Calls any verb of a router. What the router's own verbs take and answer can be said once, in the file that has the
   * routes: see {@link RouteTypes.calls}.
   */
  callRouter<K extends RouteName<R>, Verb extends VerbOf<K, R>>(
    verb: Verb,
    route: K,
    args?: CallArgs<K, Verb, R>,
    options?: CallOptions,
  ): Promise<CallData<K, Verb, R>>;
  /** As `callRouter`, with the reply's context. */
  call<K extends RouteName<R>, Verb extends VerbOf<K, R>>(
    verb: Verb,
    route: K,
    args?: CallArgs<K, Verb, R>,
    options?: CallOptions,
  ): Promise<Reply<CallData<K, Verb, R>>>;

  /**
   * Subscribes to the rows that match `filters`, under a local name of your own. Several names may share a subscription,
   * and one name may stand for several. It lasts until `unsubscribe`, outages included: the client resumes it from the
   * last position that it saw.
   */
  subscribe<K extends RouteWith<'subscribe', R>>(
    route: K,
    channel: string,
    filters?: FilterOf<K, R>,
    options?: SubscribeOptions,
  ): Promise<Subscribed<RowOf<K, R>>>;
  /** Ends that, for this local name. */
  unsubscribe<K extends RouteWith<'subscribe', R>>(route: K, channel: string, filters?: FilterOf<K, R>): Promise<unknown>;
  /**
   * Calls `fn` for each message, with the local channels that it concerns. `{action: 'resync'}` means that something may
   * be missing: load anew. Returns how to stop that.
   */
  onChannelMessage(fn: (channels: string[], message: TypedPush<R>) => void): () => void;
  /**
   * Calls `fn` for each answer to a subscription. After an outage (`resumed`), `recovered` says whether what was missed
   * follows as messages; if not, load anew. Returns how to stop that.
   */
  onSubscription(fn: (answer: AnswerOf<RouteWith<'subscribe', R>, R>) => void): () => void;
}

/** What was answered to a subscription of one of the routes. */
type AnswerOf<K, R> = K extends keyof R ? SubscriptionAnswer<RowOf<K, R>, K> : never;

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

/** A published message: a `Push` of the client, or what SwampDragon's pages are handed. */
export interface Change {
  action?: string;
  data?: any;
  [key: string]: unknown;
}

/** How two related models hang together: `parent[prop_name]` holds the child, and `child[via]` names its parent. */
export interface ObjectLink {
  parent_type: string;
  child_type: string;
  /** The field of the child that names its parent: by id, or by a list of ids. */
  via: string;
  /** The property of the parent that holds the child. */
  prop_name: string;
  /** Whether that property is an array; otherwise it is the one child, or null. */
  is_collection: boolean;
  /** Where this relation is told, if the server says so. */
  channel?: string;
}

/** The `data` of a subscribe's reply. */
export type ObjectMap = readonly ObjectLink[];

/**
 * Lays published messages over data that the page holds: the array (or single object) stays the same, its contents
 * change. For pages that keep their data themselves; a `liveList` needs none.
 *
 * ```js
 * const { data: map } = await client.subscribe('company', 'companies', { id: 1 });
 * const mapper = new DataMapper(map);
 * const companies = await client.getList('company', { id: 1 });
 * client.onChannelMessage((channels, message) => {
 *   if (channels.includes('companies')) render(mapper.mapData(companies, message));
 * });
 * ```
 *
 * Rows are found by `id`, compared as text, and `_type`, at any depth, and in each place where they stand. A row whose
 * message names its parents (`via`) then stands in those and in no others. Where a relation comes as ids, they say which
 * of the rows that are there stay, and those stay whole.
 *
 * Pushes of the server (they bear a `position`) may come in any order among the channels of related models: a row that
 * has no place yet is remembered until it has one, so hand over every push, and to the same array for as long as it is
 * not loaded anew. Which related rows there are is then said by their own channels alone, and which hold them by a
 * single key that they bear, or by those rows: a list of keys is there for SwampDragon's own mapper, and is not taken.
 * What is loaded anew in place, `Object.assign(company, fresh)`, is taken as it comes.
 */
export class DataMapper {
  /** @param map The `data` of the subscribe reply: how related models hang together. */
  constructor(map?: ObjectMap);
  /** Does what the message's action says; a message without one changes nothing. */
  mapData<Source>(datasource: Source, message: Change): Source;
  /** Adds a row, to its parents or to the array; if it is known, replaces its contents. */
  mapCreated<Source>(datasource: Source, data: unknown): Source;
  /** Copies the keys onto the row, and moves it if it names other parents; if there is none, adds one. */
  mapUpdated<Source>(datasource: Source, data: unknown): Source;
  /** Removes the row from where it stands: from arrays, and from properties, which become null. A single object is emptied. */
  mapDelete<Source>(datasource: Source, data: unknown): Source;
}

/** A comparison of two rows: below 0, 0, or above. */
export type Compare<Data = any> = (a: Data, b: Data) => number;

/**
 * A key, `"-key"` for descending, a list of them, or a comparison of your own. The last is needed for columns whose text
 * does not sort as their value does: a decimal travels as text, and `"10.5"` is before `"9.5"`.
 */
export type Order<Data = any> = string | string[] | Compare<Data>;

/** As {@link Order}, of rows whose fields are known: by those that hold a text, a number or a boolean. */
export type OrderOfRows<Data> = OrderKey<Data> | readonly OrderKey<Data>[] | Compare<Data>;

/** A field of a row to sort by, or with a `-` before it. */
export type OrderKey<Data> = SortedField<Data> | `-${SortedField<Data>}`;

type SortedField<Data> = {
  [Field in keyof Data & string]-?: NonNullable<Data[Field]> extends string | number | boolean ? Field : never;
}[keyof Data & string];

/** The comparison that `order` describes, ending in the primary key. */
export function orderBy<Data = any>(order?: Order<Data>): Compare<Data>;

/**
 * Compares two values as the server's database does: null is the smallest, false is before true, numbers by size, text by
 * code point.
 */
export function compareValues(a: unknown, b: unknown): number;

/** Compares two texts by code point, whatever the language of the reader. */
export function compareText(a: string, b: string): number;

/** A value that tells when it changes. The contract of Svelte's stores and of many others. */
export interface Readable<Value> {
  /** Calls `fn` with the value, now and at each change. Returns how to stop that. */
  subscribe(fn: (value: Value) => void): () => void;
  get(): Value;
}

export interface Store<Value> extends Readable<Value> {
  set(value: Value): void;
}

export interface StoreOptions {
  /** Called with the first listener; returns what to call when the last has left. */
  start?: () => void | (() => void);
  /** How long after the last listener left, in milliseconds. Default 1,000. */
  linger?: number;
  timers?: Timers;
}

/** A store; with `start`, one that works only while someone listens. */
export function createStore<Value>(initial: Value, options?: StoreOptions): Store<Value>;

/**
 * What a failed call is rejected with. Decide by {@link DragonError.code}; the message is for people.
 *
 * ```js
 * try {
 *   await client.create('todo-item', { todo_list_id: 1, text: '' });
 * } catch (error) {
 *   if (error.code !== 'validation') throw error;
 *   showBesideInput(error.errors.text); // ['This field cannot be blank.']
 * }
 * ```
 */
export class DragonError extends Error {
  constructor(parts: {
    code: ErrorCode;
    message: string;
    errors?: FieldErrors;
    context?: ReplyContext | null;
    route?: string | null;
    verb?: string | null;
    closeCode?: number | null;
  });
  readonly name: 'DragonError';
  /** What went wrong, as a word to branch on. */
  readonly code: ErrorCode;
  /** With code `validation`: every bad field and what is wrong with it. Otherwise empty. */
  readonly errors: FieldErrors;
  /** The context of the server's reply; null if the failure arose on this side. */
  readonly context: ReplyContext | null;
  /** The route that was called; null if the failure is the connection's. */
  readonly route: string | null;
  /** The verb that was called; null if the failure is the connection's. */
  readonly verb: string | null;
  /** With which code the server closed the connection, if that is why. */
  readonly closeCode: number | null;
}

/** Field name to sentences. */
export type FieldErrors = Record<string, string[]>;

/** Failures that the server answers with. */
export type ServerErrorCode =
  /** A field is not as it should be; see `errors`. */
  | 'validation'
  /** The request itself is wrong: its arguments, a filter, an order. */
  | 'bad_request'
  | 'unknown_route'
  | 'unknown_verb'
  /** There is no such row, or none that you may see. */
  | 'not_found'
  | 'denied'
  | 'login_required'
  /** The request is larger than the server takes. */
  | 'too_large'
  /** More subscriptions, filter terms or rows than the server allows. */
  | 'too_many'
  /** Not now; the same call may succeed later. */
  | 'unavailable'
  /** A fault of the server; the message bears the id under which its log has the reason. */
  | 'internal';

/** Failures that arise on this side. */
export type ClientErrorCode =
  /** No reply within the time allowed (the wait for a connection included). */
  | 'timeout'
  /** The connection was lost after the call was sent: it may or may not have run. */
  | 'disconnected'
  /** The client was closed, or the server closed it for good; see `closeCode`. */
  | 'closed'
  /** A subscribe that was followed by its unsubscribe before it was answered. */
  | 'cancelled'
  /** The server answered with something that the protocol does not know. */
  | 'protocol';

export type ErrorCode = ServerErrorCode | ClientErrorCode | (string & {});

/** The `context` of a reply. Servers may add keys. */
export interface ReplyContext {
  client_callback_name: string | null;
  verb: string | null;
  state: 'success' | 'error' | 'login_required';
  code?: ServerErrorCode;
  client_context?: Record<string, unknown>;
  position?: Position;
  positions?: Record<string, Position>;
  recovered?: boolean;
  page?: number;
  [key: string]: unknown;
}

/** Where in a channel's history something stands. Opaque: keep it, hand it back, compare it for equality only. */
export type Position = string;

/** What a backoff policy is told. */
export interface BackoffInput {
  /** How many attempts have failed since the connection was last steady; 0 for the first. */
  attempt: number;
  /** With which code the last connection ended. */
  code: number;
  /** The source of randomness, between 0 and 1. */
  random: () => number;
}

/** Milliseconds to wait before the next attempt. Pure: all it may use is its input. */
export type Backoff = (input: BackoffInput) => number;

/**
 * The default: exponential with full jitter, from 250 ms to 10 s; spread over at least 2 s when the server said that it
 * is going away, so that its clients do not all come back in one instant.
 */
export const backoff: Backoff;

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

export {};

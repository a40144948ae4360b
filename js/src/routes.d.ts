// The server's routes, for the compiler: nothing of this is there at run time.

import type {
  Args,
  CallOptions,
  ClientBase,
  Page,
  PagedList,
  Reply,
  SubscribeOptions,
  Subscribed,
  SubscriptionAnswer,
} from './client.js';
import type { Position } from './error.js';

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

export {};

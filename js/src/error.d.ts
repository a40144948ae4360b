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

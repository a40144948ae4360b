import type { Timers } from '../transports/websocket.js';

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

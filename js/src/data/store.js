// A store: a value that tells when it changes. `subscribe(fn) → stop`, `fn` called at once with the current value: the
// contract that Svelte's stores, RxJS-like libraries and nanostores already speak, so a page can bind to it as it is.

import { guarded } from '../events.js';
import { after, pageTimers } from '../timers.js';

/**
 * `start()` is called with the first listener and returns what to call `linger` ms after the last one left. The pause is
 * there because pages leave and come back in one breath: a component that is replaced by its successor, a route that
 * changes.
 */
export function createStore(initial, { start, linger = 1_000, timers = pageTimers } = {}) {
  const listeners = new Set();
  let value = initial;
  let version = 0;
  let stop = null;
  let cancelStop = () => {};

  function leave(listener) {
    if (!listeners.delete(listener) || listeners.size > 0 || !stop) return;
    cancelStop = after(timers, linger, () => {
      const stopping = stop;
      stop = null;
      stopping();
    });
  }

  return {
    get: () => value,

    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      version += 1;
      const mine = version;
      for (const listener of [...listeners]) {
        // A listener that sets the store again has told everyone the newer value already.
        if (version !== mine) return;
        if (listeners.has(listener)) guarded(listener.fn, value);
      }
    },

    subscribe(fn) {
      const listener = { fn };
      cancelStop();
      if (!stop && start) stop = start() ?? (() => {});
      guarded(fn, value);
      // Only now: what `start` set at once has just been told.
      listeners.add(listener);
      return () => leave(listener);
    },
  };
}

// A list of listeners, and the rule for listeners that throw.

/**
 * `{on(fn) → stop, emit(...args)}`.
 *
 * A listener that is stopped while an event is being delivered does not get that event any more; one that is added gets
 * the next one. The same function may be added twice and is then called twice.
 */
export function emitter() {
  const seats = new Set();
  return {
    on(fn) {
      const seat = { fn };
      seats.add(seat);
      return () => {
        seats.delete(seat);
      };
    },
    emit(...args) {
      for (const seat of [...seats]) {
        if (seats.has(seat)) guarded(seat.fn, ...args);
      }
    },
    get size() {
      return seats.size;
    },
  };
}

/**
 * Calls `fn`; what it throws goes where uncaught errors go, and not into our own state machine: one bad listener must
 * neither starve the others nor leave a connection half opened.
 */
export function guarded(fn, ...args) {
  try {
    fn(...args);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

// The seam for time. Everything here that waits goes through `after`, so that a test can own the clock.

/** The clock of the page, looked up at each call so that a test may also replace the globals. */
export const pageTimers = {
  setTimeout: (fn, ms) => globalThis.setTimeout(fn, ms),
  clearTimeout: (id) => globalThis.clearTimeout(id),
};

// A longer delay overflows in browsers and fires at once.
const LONGEST = 2 ** 31 - 1;

/** Calls `fn` after `ms` and returns how to cancel that. */
export function after(timers, ms, fn) {
  const id = timers.setTimeout(fn, Math.min(Math.max(ms, 0), LONGEST));
  return () => timers.clearTimeout(id);
}

/** As `after`, for a limit that may be switched off: 0, Infinity, null and undefined never come. */
export function limit(timers, ms, fn) {
  return ms > 0 && ms <= LONGEST ? after(timers, ms, fn) : () => {};
}

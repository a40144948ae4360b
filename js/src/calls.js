// Calls under way: who waits for which reply, for how long, and what becomes of them when the connection drops.

import { DragonError, failureOf } from './error.js';
import { encode } from './protocol.js';
import { limit } from './timers.js';

// Reading twice changes nothing, so these may be sent again without knowing whether they ran. Of every other verb we
// cannot know, and sending it twice might do it twice.
const READS = new Set(['get_list', 'get_single']);

// The server's own route: who one is may be said again, too.
export const OWN_ROUTE = 'dragon';

/**
 * @param options `{send(text) → boolean, timers, timeout}`; `timeout` is the default for calls that name none
 */
export function createCalls({ send, timers, timeout: defaultTimeout }) {
  // In the order of the calls, which is the order in which they go out when the connection opens.
  const pending = new Map();
  let next = 0;

  // Callbacks and not a promise at this level: what a reply changes must be done before the next message is looked at,
  // and a transport may hand over several messages in one go.
  function start(verb, route, args, { timeout = defaultTimeout, resolve, reject }) {
    const name = `cb_${next}`;
    const text = encode(name, verb, route, args);
    next += 1;
    const entry = { verb, route, text, sent: false, resolve, reject, cancel: () => {} };
    entry.cancel = limit(timers, timeout, () => {
      fail(name, { code: 'timeout', message: `${verb} on ${route}: no reply within ${timeout} ms.` });
    });
    pending.set(name, entry);
    entry.sent = send(text);
  }

  function take(name) {
    const entry = pending.get(name);
    if (!entry) return undefined;
    pending.delete(name);
    entry.cancel();
    return entry;
  }

  function fail(name, parts) {
    const entry = take(name);
    entry?.reject(new DragonError({ ...parts, verb: entry.verb, route: entry.route }));
  }

  return {
    start,

    /** As `start`, as a promise of the reply. */
    call(verb, route, args, { timeout } = {}) {
      return new Promise((resolve, reject) => start(verb, route, args, { timeout, resolve, reject }));
    },

    /** A reply has come. One that nobody waits for (any more) is dropped. */
    answer(reply) {
      const entry = take(reply.name);
      if (!entry) return;
      if (reply.ok) entry.resolve(reply);
      else entry.reject(failureOf(reply, entry));
    },

    /** The connection is open: what waited for it goes out; first of all who one is. Answers whether that was said. */
    openOwn() {
      const own = [...pending.values()].filter((entry) => entry.route === OWN_ROUTE && !entry.sent);
      for (const entry of own) entry.sent = send(entry.text);
      return own.length > 0;
    },
    open() {
      for (const entry of pending.values()) {
        if (!entry.sent) entry.sent = send(entry.text);
      }
    },

    /** The connection dropped: nothing that was sent will be answered. */
    drop() {
      for (const [name, entry] of [...pending]) {
        if (!entry.sent) continue;
        if (READS.has(entry.verb) || entry.route === OWN_ROUTE) {
          entry.sent = false;
        } else {
          const message = `${entry.verb} on ${entry.route}: the connection was lost before the reply; it may or may not have run.`;
          fail(name, { code: 'disconnected', message });
        }
      }
    },

    /** There will be no connection any more. */
    close(parts) {
      for (const name of [...pending.keys()]) fail(name, parts);
    },
  };
}

// What is subscribed, and how it outlives the connection.
//
//   entry   one (route, filters): what the server knows as one subscription. It has the names of its remote channels
//           and the last position of each.
//   seat    one local channel name on an entry: what the page asked for with one subscribe(). Many seats may share an
//           entry; the server is told of the end only when the last one leaves.
//
// Four rules keep it honest.
//
// 1. A position belongs to an entry that is live, that is, answered on this connection. A push that arrives for a
//    remote channel moves only live entries: two entries may share a remote channel under different spellings of the
//    filter, and one that has not been resumed yet must not have its position carried across what it missed.
// 2. A reply is accepted only by the seats that asked for it and are still there, compared by identity: an answer to an
//    old subscribe, or the end of an old subscription, cannot touch a newer one of the same name.
// 3. After a reconnect, seats that were live are resumed by one request per entry with `_since`; seats that were still
//    waiting for their first answer (or for a fresh snapshot) ask anew for themselves, for they have nothing to resume.
// 4. After a `resync` an entry has no position until the server has sent rows again: nobody resumes across a hole.

import { entryOf, keyOf, nameOf, sinceOf, wantsItsOwn } from './entries.js';
import { DragonError } from './error.js';
import { emitter } from './events.js';
import { channelArgs, positionsBy } from './protocol.js';
import { after, limit } from './timers.js';

// A resume that fails with one of these is tried again: they speak of the moment, not of the request.
const PASSING = new Set(['unavailable', 'timeout', 'internal']);
// These say that the connection is no more, and with it everything that was subscribed on it.
const GONE = new Set(['disconnected', 'closed']);
const ENDED = 'unsubscribed'; // What the server answers; also when there was nothing to ask it.

/**
 * @param options `{start(verb, route, args, {timeout, resolve, reject}), timers, timeout, backoff, random}`
 */
export function createChannels({ start, timers, timeout: defaultTimeout, backoff, random }) {
  const entries = new Map();
  const messages = emitter();
  const answers = emitter();
  let open = false;
  let clock = 0; // Orders what we sent: replies come in the order of the requests.

  // ---- asking -------------------------------------------------------------------------------------------------

  // Sends one subscribe for some seats of an entry. Returns nothing: what comes of it goes to the seats.
  function ask(entry, seats, { since, snapshot, resuming = false, timeout }) {
    clock += 1;
    const asked = clock;
    entry.asked = asked;
    for (const seat of seats) seat.asked = asked;
    const args = channelArgs(seats[0].channel, entry.filters, { snapshot, since });
    const own = () => seats.filter((seat) => entry.seats.get(seat.channel) === seat && seat.asked === asked);
    start('subscribe', entry.route, args, {
      timeout,
      resolve: (reply) => accept(entry, own(), reply, { since, resuming }),
      reject: (error) => refuse(entry, own(), error, resuming),
    });
  }

  function accept(entry, seats, reply, { since, resuming }) {
    if (entries.get(entry.key) !== entry || seats.length === 0) return;
    entry.live = true;
    entry.failures = 0;
    entry.remotes = reply.remotes;
    const recovered = reply.context.recovered === true;
    // Recovered: we still stand where we said, and move with each missed push that arrives. To take the reply's position
    // would skip those that are lost when the connection drops again before they are here.
    const position = recovered ? since : (reply.context.positions ?? reply.context.position);
    if (reply.snapshot || resuming) entry.holed = false; // Rows read after the hole, or everyone is told to get them.
    entry.positions = positionsBy(entry.remotes, entry.holed ? undefined : position);
    const result = {
      data: reply.data,
      snapshot: reply.snapshot,
      position,
      recovered,
      channels: [...reply.remotes],
      context: reply.context,
    };
    const told = new Set(seats);
    // A snapshot is what the server went on from, for everyone on this subscription. Whoever keeps rows takes it.
    if (reply.snapshot && !recovered) {
      for (const seat of entry.seats.values()) if (seat.snapshot && seat.state === 'live') told.add(seat);
    }
    for (const seat of told) {
      const asked = seats.includes(seat);
      if (asked) seat.state = 'live';
      // Taken off before anyone is told: who is told may subscribe again, and then waits for another answer.
      const waiters = asked ? seat.waiters.splice(0) : [];
      const resumed = resuming || !asked;
      answers.emit({ ...result, ...nameOf(entry, seat), resumed, error: null });
      for (const waiter of waiters) waiter.resolve(result);
    }
  }

  function refuse(entry, seats, error, resuming) {
    // Dropped or closed: the next open asks again, or close() tells everyone.
    if (GONE.has(error.code)) return;
    if (resuming && PASSING.has(error.code)) {
      const retryIn = backoff({ attempt: entry.failures, code: 0, random });
      entry.failures += 1;
      entry.cancel();
      entry.cancel = after(timers, retryIn, () => resume(entry));
      return;
    }
    for (const seat of seats) {
      for (const waiter of seat.waiters.splice(0)) waiter.reject(error);
      if (seat.state === 'live') continue; // Only this request failed; what it had before it still has.
      vacate(entry, seat);
      if (resuming) answers.emit({ ...nameOf(entry, seat), resumed: true, recovered: false, channels: [], error });
    }
  }

  // Resumes the seats that were live, from where the entry stood.
  function resume(entry) {
    entry.cancel();
    if (!open || entries.get(entry.key) !== entry) return;
    const seats = [...entry.seats.values()].filter((seat) => seat.state === 'lapsed');
    if (seats.length === 0) return;
    const snapshot = seats.some((seat) => seat.snapshot);
    ask(entry, seats, { since: sinceOf(entry), snapshot, resuming: true, timeout: defaultTimeout });
  }

  // ---- leaving ------------------------------------------------------------------------------------------------

  function vacate(entry, seat) {
    if (entry.seats.get(seat.channel) !== seat) return false;
    entry.seats.delete(seat.channel);
    if (entry.seats.size > 0) return false;
    entry.cancel();
    if (entries.get(entry.key) === entry) entries.delete(entry.key);
    return true;
  }

  // The last seat has left. The server ends a subscription by its remote channels, so another entry that has the same
  // ones under another spelling would be ended with it.
  function leave(entry, channel) {
    const shared = entry.live && entry.remotes.length > 0 && entry.remotes.every((name) => sharers(name).length > 0);
    if (!open || entry.asked === 0 || shared) return Promise.resolve(ENDED);
    clock += 1;
    const asked = clock;
    return new Promise((resolve, reject) => {
      start('unsubscribe', entry.route, channelArgs(channel, entry.filters), {
        resolve: (reply) => {
          for (const other of new Set(reply.remotes.flatMap((name) => sharers(name, asked)))) revive(other);
          resolve(reply.data);
        },
        // It ended with the connection, which is what was wanted.
        reject: (error) => (GONE.has(error.code) ? resolve(ENDED) : reject(error)),
      });
    });
  }

  // The live entries on a remote channel that were asked for before `asked`.
  function sharers(remote, asked = Infinity) {
    return [...entries.values()].filter((other) => other.live && other.asked < asked && other.remotes.includes(remote));
  }

  // What an unsubscribe of another spelling took away is resumed: from its position, so nothing is lost in between.
  function revive(entry) {
    entry.live = false;
    lapse(entry);
    resume(entry);
  }

  function lapse(entry) {
    for (const seat of entry.seats.values()) {
      if (seat.state === 'live') seat.state = 'lapsed';
    }
  }

  return {
    onMessage: messages.on,
    onSubscription: answers.on,

    subscribe(route, channel, filters = {}, { snapshot = false, since, timeout = defaultTimeout } = {}) {
      const entry = entryOf(entries, route, filters);
      const old = entry.seats.get(channel);
      // A seat asked for again keeps what it has until the new answer is there, and those who wait for the old answer
      // wait for the new one.
      const seat = { channel, snapshot, since, state: old?.state ?? 'new', waiters: old?.waiters ?? [], asked: 0 };
      entry.seats.set(channel, seat);
      return new Promise((resolve, reject) => {
        const waiter = { resolve: settle(resolve), reject: settle(reject) };
        const cancel = limit(timers, timeout, () => {
          seat.waiters.splice(seat.waiters.indexOf(waiter), 1);
          const message = `subscribe on ${route}: no reply within ${timeout} ms.`;
          waiter.reject(new DragonError({ code: 'timeout', message, verb: 'subscribe', route }));
          const unanswered = seat.state === 'new' && seat.waiters.length === 0;
          if (unanswered && vacate(entry, seat)) leave(entry, channel).catch(() => {});
        });
        function settle(then) {
          return (value) => {
            cancel();
            then(value);
          };
        }
        seat.waiters.push(waiter);
        if (open) ask(entry, [seat], { since, snapshot, timeout: 0 });
      });
    },

    async unsubscribe(route, channel, filters = {}) {
      const entry = entries.get(keyOf(route, filters));
      const seat = entry?.seats.get(channel);
      if (!seat) return ENDED;
      const message = `subscribe on ${route}: unsubscribed before it was answered.`;
      for (const waiter of seat.waiters.splice(0)) {
        waiter.reject(new DragonError({ code: 'cancelled', message, verb: 'subscribe', route }));
      }
      return vacate(entry, seat) ? leave(entry, channel) : ENDED;
    },

    push(message) {
      const locals = new Set();
      for (const entry of entries.values()) {
        if (!entry.live || !entry.remotes.includes(message.channel)) continue;
        if (message.action === 'resync') {
          entry.holed = true;
          entry.positions.clear();
        }
        if (message.position !== undefined && !entry.holed) entry.positions.set(message.channel, message.position);
        for (const seat of entry.seats.values()) if (seat.state === 'live') locals.add(seat.channel);
      }
      if (locals.size > 0) messages.emit([...locals], message);
    },

    open() {
      open = true;
      for (const entry of [...entries.values()]) {
        const waiting = [...entry.seats.values()].filter(wantsItsOwn);
        for (const seat of waiting) seat.state = 'new'; // Asked for during the outage: not resumed as well.
        resume(entry);
        for (const seat of waiting) ask(entry, [seat], { since: seat.since, snapshot: seat.snapshot, timeout: 0 });
      }
    },

    drop() {
      open = false;
      for (const entry of entries.values()) {
        entry.live = false;
        entry.asked = 0;
        entry.failures = 0;
        entry.cancel();
        lapse(entry);
        for (const seat of entry.seats.values()) if (wantsItsOwn(seat)) seat.state = 'new';
      }
    },

    close(parts) {
      open = false;
      for (const entry of entries.values()) {
        entry.cancel();
        for (const seat of entry.seats.values()) {
          for (const waiter of seat.waiters.splice(0)) {
            waiter.reject(new DragonError({ ...parts, verb: 'subscribe', route: entry.route }));
          }
        }
      }
      entries.clear();
    },
  };
}

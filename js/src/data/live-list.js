// A list of rows that is kept true: subscribe with a snapshot, apply what follows, resume after an outage, reload when
// the server says that something may be missing.
//
// It is built on the client's public calls only. That no old answer overtakes a newer one is the channels' promise (an
// answer is told only to the seat that asked for it); what is left to mind here is that pushes count only while the list
// is live: before the first snapshot there is nothing to apply them to, and after a hole they would be laid over rows
// that are no longer known to be true.

import { backoff } from '../backoff.js';
import { DragonError } from '../error.js';
import { after, pageTimers } from '../timers.js';
import { begin, createMemory } from './memory.js';
import { orderBy } from './order.js';
import { isRow } from './row.js';
import { applyPush, takeSnapshot } from './rows.js';
import { createStore } from './store.js';
import { rowsIn } from './tree.js';

const NONE = Object.freeze([]);
let count = 0;

/** See live-list.d.ts. */
export function liveList(client, route, givenFilters = {}, options = {}) {
  const filters = { ...givenFilters }; // The subscription is found again by them, whatever their owner does since.
  const { order, linger = 1_000, timers = pageTimers, random = Math.random } = options;
  const compare = orderBy(order);
  count += 1;
  const channel = options.channel ?? `live-${count}`;
  const state = createStore({ status: 'idle', error: null });
  const rows = createStore(NONE, { start, linger, timers });
  let running = false;
  let load = 0; // Which request we wait for; a failure of an older one is no news.
  let holed = false; // A hole was told while we waited for a snapshot, which may have been read before the hole.
  let failures = 0;
  let links = []; // How rows nest, as the server says.
  let memory = createMemory(); // What is known of rows that nest, beside those that are shown.
  let cancelRetry = () => {};

  const status = () => state.get().status;
  function become(next, error = null) {
    if (next !== status() || error !== state.get().error) state.set({ status: next, error });
  }

  function start() {
    running = true;
    failures = 0;
    const stops = [client.onSubscription(answered), client.onChannelMessage(heard), client.onState(connected)];
    reload();
    return () => {
      running = false;
      load += 1;
      cancelRetry();
      for (const stop of stops) stop();
      client.unsubscribe(route, channel, filters).catch(() => {}); // It ends with the connection at the latest.
      rows.set(NONE);
      become('idle');
    };
  }

  // Asks for the rows anew. What is shown stays, marked as stale, until the answer is there.
  function reload() {
    if (!running) return;
    cancelRetry();
    load += 1;
    holed = false;
    const mine = load;
    become(rows.get().length > 0 ? 'stale' : 'loading');
    // Without a time limit: a list waits for the connection as long as the page does.
    client.subscribe(route, channel, filters, { snapshot: true, timeout: 0 }).catch((error) => {
      if (mine === load && running) failed(error);
    });
  }

  function failed(error) {
    if (error.code === 'unavailable') {
      const retryIn = backoff({ attempt: failures, code: 0, random });
      failures += 1;
      cancelRetry = after(timers, retryIn, reload);
      return;
    }
    become('error', error);
  }

  function answered(answer) {
    if (answer.channel !== channel || answer.route !== route) return;
    if (Array.isArray(answer.data)) links = answer.data;
    if (answer.error) {
      failed(answer.error);
    } else if (answer.recovered) {
      // Our rows are those of the position that was named; what was missed follows as pushes.
      become('live');
    } else if (Array.isArray(answer.snapshot)) {
      failures = 0;
      memory = createMemory();
      if (links.length > 0) begin(memory, rowsIn(answer.snapshot), links);
      rows.set(takeSnapshot(rows.get(), answer.snapshot, compare));
      if (holed) reload();
      else become('live');
    } else {
      const message = `subscribe on ${route}: the reply bears no snapshot; this server cannot keep a live list.`;
      become('error', new DragonError({ code: 'protocol', message, route, verb: 'subscribe' }));
    }
  }

  function heard(channels, message) {
    if (!channels.includes(channel)) return;
    if (message.action === 'resync') {
      if (status() === 'live') reload();
      else holed = true;
    } else if (status() === 'live' && isRow(message.data)) {
      rows.set(applyPush(rows.get(), message, compare, links, memory));
    }
  }

  function connected(name, info) {
    if (name === 'closed') become('error', info.error);
    else if (name !== 'open') {
      holed = false; // What comes after the outage is a resume or a snapshot, and either is whole.
      if (status() === 'live') become('stale');
    }
  }

  return {
    subscribe: rows.subscribe,
    get: rows.get,
    state: { subscribe: state.subscribe, get: state.get },
    get status() {
      return status();
    },
    get error() {
      return state.get().error;
    },
    reload,
  };
}

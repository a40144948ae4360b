// Doubles for everything outside the client: a clock, a wire of fake sockets, a network. A test is the server: it reads
// what was sent and says what comes back.

import { connect } from '../../index.js';

/** A clock that stands until it is told to move. */
export class Clock {
  #now = 0;
  #next = 1;
  #due = new Map();

  timers = {
    setTimeout: (fn, ms) => {
      const id = this.#next;
      this.#next += 1;
      this.#due.set(id, { at: this.#now + ms, fn });
      return id;
    },
    clearTimeout: (id) => {
      this.#due.delete(id);
    },
  };

  /** Moves on by `ms`, calling what becomes due in its order, and lets promises run after each. */
  async advance(ms) {
    const end = this.#now + ms;
    for (;;) {
      const [id, next] = [...this.#due].sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0] ?? [];
      if (!next || next.at > end) break;
      this.#due.delete(id);
      this.#now = next.at;
      next.fn();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  /** How many timers are set: none may be left when all is over. */
  get pending() {
    return this.#due.size;
  }
}

/** Lets everything that only waits for promises run. */
export function settle() {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A class like WebSocket whose instances are kept in `sockets`. */
export function fakeWire() {
  const sockets = [];
  class FakeSocket {
    constructor(url) {
      this.url = url;
      this.readyState = 0;
      this.sent = [];
      this.read = 0;
      this.closedWith = undefined;
      sockets.push(this);
    }

    send(text) {
      if (this.readyState !== 1) throw new Error('InvalidStateError');
      this.sent.push(JSON.parse(text));
    }

    close(code) {
      if (this.readyState === 3) return;
      this.readyState = 3;
      this.closedWith = code;
    }

    // What follows is the test's side.
    accept() {
      this.readyState = 1;
      this.onopen?.({});
    }

    /** Hands one message over, as the server's text. */
    say(message) {
      this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) });
    }

    drop(code = 1006, reason = '') {
      this.readyState = 3;
      this.onclose?.({ code, reason });
    }

    /** The next message from the client that was not taken yet. */
    take() {
      const message = this.sent[this.read];
      if (message === undefined) throw new Error('The client has sent nothing (more).');
      this.read += 1;
      return message;
    }

    get waiting() {
      return this.sent.length - this.read;
    }

    /** Answers a request with success. */
    answer(request, data, context = {}, beside = {}) {
      const { callbackname: client_callback_name, verb } = request;
      this.say({ data, context: { client_callback_name, verb, state: 'success', ...context }, ...beside });
    }

    refuse(request, code, data = { error: ['No.'] }, state = 'error') {
      const { callbackname: client_callback_name, verb } = request;
      this.say({ data, context: { client_callback_name, verb, state, code } });
    }

    /** Answers a subscribe (or unsubscribe). */
    subscribed(request, remote, { position, recovered, snapshot } = {}) {
      const context = { position, recovered };
      const remotes = [remote].flat();
      const channel_data = { local_channel: request.args.channel, remote_channels: remotes, action: request.verb };
      this.answer(request, request.verb === 'unsubscribe' ? 'unsubscribed' : [], context, { snapshot, channel_data });
    }

    push(channel, action, data, position) {
      this.say({ channel, action, data, position });
    }
  }
  return {
    WebSocket: FakeSocket,
    sockets,
    get last() {
      return sockets.at(-1);
    },
  };
}

/** The window, as far as it tells of the network. */
export function fakeNetwork() {
  const target = new EventTarget();
  return {
    addEventListener: (type, fn) => target.addEventListener(type, fn),
    removeEventListener: (type, fn) => target.removeEventListener(type, fn),
    tell: (type) => target.dispatchEvent(new Event(type)),
  };
}

/** A client on doubles. The jitter is fixed at its ceiling unless `random` says otherwise. */
export function setup(options = {}) {
  const clock = new Clock();
  const wire = fakeWire();
  const network = fakeNetwork();
  const client = connect({
    url: 'ws://test/ws',
    WebSocket: wire.WebSocket,
    timers: clock.timers,
    network,
    random: () => 0.999999,
    ...options,
  });
  return { client, clock, wire, network };
}

/** As `setup`, and the connection is open. */
export function open(options) {
  const all = setup(options);
  all.wire.last.accept();
  return all;
}

/** Drops the connection and brings the next one up; returns its socket. */
export async function reconnect({ wire, clock }, code = 1006) {
  wire.last.drop(code);
  await clock.advance(10_000); // The longest wait, and shorter than a call may take.
  wire.last.accept();
  await settle();
  return wire.last;
}

/** The outcome of a promise, without waiting for it: `pending`, or what it came to. */
export function outcome(promise) {
  const seen = { state: 'pending', value: undefined, error: undefined };
  promise.then(
    (value) => Object.assign(seen, { state: 'resolved', value }),
    (error) => Object.assign(seen, { state: 'rejected', error }),
  );
  return seen;
}

/** Random numbers that are the same in every run (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, below: (n) => Math.floor(next() * n), pick: (list) => list[Math.floor(next() * list.length)] };
}

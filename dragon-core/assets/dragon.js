// The client of Dragon as one script: window.dragon = { connect, liveList, DataMapper, ... }.
//
// Made from the package dragon-client, folder js/, by `npm run build` there. Do not edit: change js/src and build again.
// The test js/test/bundle.test.js fails when this file and its source differ.

var dragon = (() => {
  var __defProp = Object.defineProperty;
  var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
  var __getOwnPropNames = Object.getOwnPropertyNames;
  var __hasOwnProp = Object.prototype.hasOwnProperty;
  var __export = (target, all) => {
    for (var name in all)
      __defProp(target, name, { get: all[name], enumerable: true });
  };
  var __copyProps = (to, from, except, desc) => {
    if (from && typeof from === "object" || typeof from === "function") {
      for (let key of __getOwnPropNames(from))
        if (!__hasOwnProp.call(to, key) && key !== except)
          __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
    }
    return to;
  };
  var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);

  // index.js
  var index_exports = {};
  __export(index_exports, {
    DataMapper: () => DataMapper,
    DragonError: () => DragonError,
    backoff: () => backoff,
    compareText: () => compareText,
    compareValues: () => compareValues,
    connect: () => connect,
    createStore: () => createStore,
    liveList: () => liveList,
    orderBy: () => orderBy
  });

  // src/protocol.js
  var CLOSE = {
    normal: 1e3,
    lost: 1006,
    // What a browser reports when the connection broke without a close; never sent.
    tryLater: 1013,
    aborted: 3001,
    goingAway: 3012,
    invalidOrigin: 4e3,
    loginRequired: 4001,
    tooMany: 4008
  };
  var FINAL = /* @__PURE__ */ new Set([CLOSE.aborted, CLOSE.invalidOrigin, CLOSE.loginRequired]);
  function comesBack(code) {
    return !FINAL.has(code);
  }
  function encode(callbackname, verb, route, args) {
    return JSON.stringify({ route, verb, args: args ?? {}, callbackname });
  }
  function decode(text) {
    const message = parse(text);
    if (typeof message !== "object" || message === null || Array.isArray(message)) return { kind: "unknown" };
    if (typeof message.channel === "string") return { kind: "push", message };
    const { context } = message;
    if (typeof context === "object" && context !== null && "client_callback_name" in context) {
      return {
        kind: "reply",
        name: context.client_callback_name,
        ok: context.state === "success",
        data: message.data,
        context,
        snapshot: message.snapshot,
        remotes: message.channel_data?.remote_channels ?? []
      };
    }
    if ("heartbeat" in message) return { kind: "heartbeat" };
    return { kind: "unknown" };
  }
  function parse(text) {
    try {
      return JSON.parse(text);
    } catch {
      return void 0;
    }
  }
  function channelArgs(channel, filters, { snapshot = false, since } = {}) {
    const args = { ...filters, channel };
    if (snapshot) args._snapshot = true;
    if (since !== void 0 && since !== null) args._since = since;
    return args;
  }
  function positionsBy(remotes, position) {
    if (typeof position === "object" && position !== null) return new Map(Object.entries(position));
    return new Map(position === void 0 ? [] : remotes.map((remote) => [remote, position]));
  }

  // src/backoff.js
  var FIRST = 250;
  var LONGEST = 1e4;
  var SPREAD = /* @__PURE__ */ new Map([
    [CLOSE.goingAway, 2e3],
    [CLOSE.tryLater, 5e3],
    [CLOSE.tooMany, 5e3]
  ]);
  function backoff({ attempt, code, random }) {
    const grown = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 30));
    const ceiling = Math.max(grown, SPREAD.get(code) ?? 0);
    return Math.floor(random() * ceiling);
  }

  // src/error.js
  var DragonError = class extends Error {
    constructor({ code, message, errors = {}, context = null, route = null, verb = null, closeCode = null }) {
      super(message);
      this.name = "DragonError";
      this.code = code;
      this.errors = errors;
      this.context = context;
      this.route = route;
      this.verb = verb;
      this.closeCode = closeCode;
    }
  };
  function failureOf(reply, { route, verb }) {
    const { context, data } = reply;
    const code = context.code ?? (context.state === "login_required" ? "login_required" : guess(data));
    const errors = code === "validation" ? fieldErrors(data) : {};
    return new DragonError({ code, message: sentence(code, errors, reply, verb, route), errors, context, route, verb });
  }
  function guess(data) {
    const isObject = typeof data === "object" && data !== null && !Array.isArray(data);
    return isObject && !("error" in data) ? "validation" : "bad_request";
  }
  function fieldErrors(data) {
    const errors = {};
    for (const [field, texts] of Object.entries(data ?? {})) {
      if (field === "__proto__") continue;
      errors[field] = (Array.isArray(texts) ? texts : [texts]).map(String);
    }
    return errors;
  }
  function sentence(code, errors, { data, context }, verb, route) {
    if (code === "validation") {
      const parts = Object.entries(errors).map(([field, texts]) => `${field}: ${texts.join(" ")}`);
      if (parts.length > 0) return parts.join(" ");
    }
    const said = data?.error ?? context.error;
    if (Array.isArray(said) && said.length > 0) return said.join(" ");
    return `${verb} on ${route} failed: ${code}.`;
  }

  // src/timers.js
  var pageTimers = {
    setTimeout: (fn, ms) => globalThis.setTimeout(fn, ms),
    clearTimeout: (id) => globalThis.clearTimeout(id)
  };
  var LONGEST2 = 2 ** 31 - 1;
  function after(timers, ms, fn) {
    const id = timers.setTimeout(fn, Math.min(Math.max(ms, 0), LONGEST2));
    return () => timers.clearTimeout(id);
  }
  function limit(timers, ms, fn) {
    return ms > 0 && ms <= LONGEST2 ? after(timers, ms, fn) : () => {
    };
  }

  // src/calls.js
  var READS = /* @__PURE__ */ new Set(["get_list", "get_single"]);
  var OWN_ROUTE = "dragon";
  function createCalls({ send, timers, timeout: defaultTimeout }) {
    const pending = /* @__PURE__ */ new Map();
    let next = 0;
    function start(verb, route, args, { timeout = defaultTimeout, resolve, reject }) {
      const name = `cb_${next}`;
      const text = encode(name, verb, route, args);
      next += 1;
      const entry = { verb, route, text, sent: false, resolve, reject, cancel: () => {
      } };
      entry.cancel = limit(timers, timeout, () => {
        fail(name, { code: "timeout", message: `${verb} on ${route}: no reply within ${timeout} ms.` });
      });
      pending.set(name, entry);
      entry.sent = send(text);
    }
    function take(name) {
      const entry = pending.get(name);
      if (!entry) return void 0;
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
            fail(name, { code: "disconnected", message });
          }
        }
      },
      /** There will be no connection any more. */
      close(parts) {
        for (const name of [...pending.keys()]) fail(name, parts);
      }
    };
  }

  // src/entries.js
  function wantsItsOwn(seat) {
    return seat.state === "new" || seat.waiters.length > 0 && seat.snapshot;
  }
  function entryOf(entries, route, filters) {
    const key = keyOf(route, filters);
    let entry = entries.get(key);
    if (!entry) {
      entry = {
        key,
        route,
        filters: JSON.parse(JSON.stringify(filters)),
        // A copy: it is sent again long after its owner may have changed it.
        seats: /* @__PURE__ */ new Map(),
        remotes: [],
        positions: /* @__PURE__ */ new Map(),
        live: false,
        // Answered on this connection.
        holed: false,
        // Told of a hole (`resync`), and not given rows since.
        asked: 0,
        // When it was last asked for on this connection; 0 if not yet.
        failures: 0,
        cancel: () => {
        }
      };
      entries.set(key, entry);
    }
    return entry;
  }
  function keyOf(route, filters) {
    const sorted = Object.keys(filters).sort().map((key) => [key, filters[key]]);
    return JSON.stringify([route, sorted]);
  }
  function nameOf(entry, seat) {
    return { route: entry.route, channel: seat.channel, filters: entry.filters };
  }
  function sinceOf(entry) {
    const { positions, remotes } = entry;
    if (positions.size === 0) return void 0;
    return remotes.length === 1 ? positions.get(remotes[0]) : Object.fromEntries(positions);
  }

  // src/events.js
  function emitter() {
    const seats = /* @__PURE__ */ new Set();
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
      }
    };
  }
  function guarded(fn, ...args) {
    try {
      fn(...args);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  // src/channels.js
  var PASSING = /* @__PURE__ */ new Set(["unavailable", "timeout", "internal"]);
  var GONE = /* @__PURE__ */ new Set(["disconnected", "closed"]);
  var ENDED = "unsubscribed";
  function createChannels({ start, timers, timeout: defaultTimeout, backoff: backoff2, random }) {
    const entries = /* @__PURE__ */ new Map();
    const messages = emitter();
    const answers = emitter();
    let open = false;
    let clock = 0;
    function ask(entry, seats, { since, snapshot, resuming = false, timeout }) {
      clock += 1;
      const asked = clock;
      entry.asked = asked;
      for (const seat of seats) seat.asked = asked;
      const args = channelArgs(seats[0].channel, entry.filters, { snapshot, since });
      const own = () => seats.filter((seat) => entry.seats.get(seat.channel) === seat && seat.asked === asked);
      start("subscribe", entry.route, args, {
        timeout,
        resolve: (reply) => accept(entry, own(), reply, { since, resuming }),
        reject: (error) => refuse(entry, own(), error, resuming)
      });
    }
    function accept(entry, seats, reply, { since, resuming }) {
      if (entries.get(entry.key) !== entry || seats.length === 0) return;
      entry.live = true;
      entry.failures = 0;
      entry.remotes = reply.remotes;
      const recovered = reply.context.recovered === true;
      const position = recovered ? since : reply.context.positions ?? reply.context.position;
      if (reply.snapshot || resuming) entry.holed = false;
      entry.positions = positionsBy(entry.remotes, entry.holed ? void 0 : position);
      const result = {
        data: reply.data,
        snapshot: reply.snapshot,
        position,
        recovered,
        channels: [...reply.remotes],
        context: reply.context
      };
      const told = new Set(seats);
      if (reply.snapshot && !recovered) {
        for (const seat of entry.seats.values()) if (seat.snapshot && seat.state === "live") told.add(seat);
      }
      for (const seat of told) {
        const asked = seats.includes(seat);
        if (asked) seat.state = "live";
        const waiters = asked ? seat.waiters.splice(0) : [];
        const resumed = resuming || !asked;
        answers.emit({ ...result, ...nameOf(entry, seat), resumed, error: null });
        for (const waiter of waiters) waiter.resolve(result);
      }
    }
    function refuse(entry, seats, error, resuming) {
      if (GONE.has(error.code)) return;
      if (resuming && PASSING.has(error.code)) {
        const retryIn = backoff2({ attempt: entry.failures, code: 0, random });
        entry.failures += 1;
        entry.cancel();
        entry.cancel = after(timers, retryIn, () => resume(entry));
        return;
      }
      for (const seat of seats) {
        for (const waiter of seat.waiters.splice(0)) waiter.reject(error);
        if (seat.state === "live") continue;
        vacate(entry, seat);
        if (resuming) answers.emit({ ...nameOf(entry, seat), resumed: true, recovered: false, channels: [], error });
      }
    }
    function resume(entry) {
      entry.cancel();
      if (!open || entries.get(entry.key) !== entry) return;
      const seats = [...entry.seats.values()].filter((seat) => seat.state === "lapsed");
      if (seats.length === 0) return;
      const snapshot = seats.some((seat) => seat.snapshot);
      ask(entry, seats, { since: sinceOf(entry), snapshot, resuming: true, timeout: defaultTimeout });
    }
    function vacate(entry, seat) {
      if (entry.seats.get(seat.channel) !== seat) return false;
      entry.seats.delete(seat.channel);
      if (entry.seats.size > 0) return false;
      entry.cancel();
      if (entries.get(entry.key) === entry) entries.delete(entry.key);
      return true;
    }
    function leave(entry, channel) {
      const shared = entry.live && entry.remotes.length > 0 && entry.remotes.every((name) => sharers(name).length > 0);
      if (!open || entry.asked === 0 || shared) return Promise.resolve(ENDED);
      clock += 1;
      const asked = clock;
      return new Promise((resolve, reject) => {
        start("unsubscribe", entry.route, channelArgs(channel, entry.filters), {
          resolve: (reply) => {
            for (const other of new Set(reply.remotes.flatMap((name) => sharers(name, asked)))) revive(other);
            resolve(reply.data);
          },
          // It ended with the connection, which is what was wanted.
          reject: (error) => GONE.has(error.code) ? resolve(ENDED) : reject(error)
        });
      });
    }
    function sharers(remote, asked = Infinity) {
      return [...entries.values()].filter((other) => other.live && other.asked < asked && other.remotes.includes(remote));
    }
    function revive(entry) {
      entry.live = false;
      lapse(entry);
      resume(entry);
    }
    function lapse(entry) {
      for (const seat of entry.seats.values()) {
        if (seat.state === "live") seat.state = "lapsed";
      }
    }
    return {
      onMessage: messages.on,
      onSubscription: answers.on,
      subscribe(route, channel, filters = {}, { snapshot = false, since, timeout = defaultTimeout } = {}) {
        const entry = entryOf(entries, route, filters);
        const old = entry.seats.get(channel);
        const seat = { channel, snapshot, since, state: old?.state ?? "new", waiters: old?.waiters ?? [], asked: 0 };
        entry.seats.set(channel, seat);
        return new Promise((resolve, reject) => {
          const waiter = { resolve: settle(resolve), reject: settle(reject) };
          const cancel = limit(timers, timeout, () => {
            seat.waiters.splice(seat.waiters.indexOf(waiter), 1);
            const message = `subscribe on ${route}: no reply within ${timeout} ms.`;
            waiter.reject(new DragonError({ code: "timeout", message, verb: "subscribe", route }));
            const unanswered = seat.state === "new" && seat.waiters.length === 0;
            if (unanswered && vacate(entry, seat)) leave(entry, channel).catch(() => {
            });
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
          waiter.reject(new DragonError({ code: "cancelled", message, verb: "subscribe", route }));
        }
        return vacate(entry, seat) ? leave(entry, channel) : ENDED;
      },
      push(message) {
        const locals = /* @__PURE__ */ new Set();
        for (const entry of entries.values()) {
          if (!entry.live || !entry.remotes.includes(message.channel)) continue;
          if (message.action === "resync") {
            entry.holed = true;
            entry.positions.clear();
          }
          if (message.position !== void 0 && !entry.holed) entry.positions.set(message.channel, message.position);
          for (const seat of entry.seats.values()) if (seat.state === "live") locals.add(seat.channel);
        }
        if (locals.size > 0) messages.emit([...locals], message);
      },
      open() {
        open = true;
        for (const entry of [...entries.values()]) {
          const waiting = [...entry.seats.values()].filter(wantsItsOwn);
          for (const seat of waiting) seat.state = "new";
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
          for (const seat of entry.seats.values()) if (wantsItsOwn(seat)) seat.state = "new";
        }
      },
      close(parts) {
        open = false;
        for (const entry of entries.values()) {
          entry.cancel();
          for (const seat of entry.seats.values()) {
            for (const waiter of seat.waiters.splice(0)) {
              waiter.reject(new DragonError({ ...parts, verb: "subscribe", route: entry.route }));
            }
          }
        }
        entries.clear();
      }
    };
  }

  // src/connection.js
  function createConnection(options, handlers) {
    const { url, WebSocket, backoff: backoff2, timers, random, network, connectTimeout, steadyAfter } = options;
    let state = null;
    let socket = null;
    let attempt = 0;
    let wasOffline = false;
    let cancel = () => {
    };
    function move(name, info = {}) {
      state = name;
      handlers.state(name, info);
    }
    function connect2() {
      cancel();
      const mine = new WebSocket(url);
      socket = mine;
      cancel = limit(timers, connectTimeout, () => lose(mine, CLOSE.lost, "no answer"));
      mine.onopen = () => socket === mine && opened();
      mine.onclose = (event) => lose(mine, event.code, event.reason);
      mine.onerror = () => {
      };
      mine.onmessage = (event) => {
        if (socket === mine && typeof event.data === "string") handlers.message(event.data);
      };
      move("connecting");
    }
    function opened() {
      cancel();
      cancel = after(timers, steadyAfter, () => {
        attempt = 0;
      });
      state = "open";
      handlers.open();
      if (state === "open") handlers.state("open", {});
    }
    function lose(mine, code, reason) {
      if (socket !== mine) return;
      const wasOpen = state === "open";
      release();
      if (!comesBack(code)) {
        finish(code, reason);
        return;
      }
      const retryIn = backoff2({ attempt, code, random });
      attempt += 1;
      cancel = after(timers, retryIn, connect2);
      state = "waiting";
      if (wasOpen) handlers.drop();
      if (state === "waiting") handlers.state("waiting", { code, reason, retryIn });
    }
    function release(code) {
      cancel();
      const old = socket;
      socket = null;
      if (!old) return;
      old.onopen = old.onclose = old.onerror = old.onmessage = null;
      guarded(() => old.close(code));
    }
    function finish(code, reason) {
      network?.removeEventListener("online", online);
      network?.removeEventListener("offline", offline);
      state = "closed";
      handlers.closed(code, reason);
      handlers.state("closed", { code, reason });
    }
    function offline() {
      wasOffline = true;
    }
    function online() {
      if (state === "open" && wasOffline) {
        attempt = 0;
        release(CLOSE.normal);
        state = "waiting";
        handlers.drop();
        if (state === "waiting") connect2();
      } else if (state === "waiting" || state === "connecting" && wasOffline) {
        attempt = 0;
        release();
        connect2();
      }
      wasOffline = false;
    }
    connect2();
    network?.addEventListener("online", online);
    network?.addEventListener("offline", offline);
    return {
      get state() {
        return state;
      },
      /** Hands a text to the socket; false if there is none to take it. */
      send(text) {
        if (state !== "open") return false;
        socket.send(text);
        return true;
      },
      close() {
        if (state === "closed") return;
        release(CLOSE.normal);
        finish(CLOSE.normal, "closed by the client");
      }
    };
  }

  // src/transports/websocket.js
  function nativeWebSocket() {
    if (typeof globalThis.WebSocket === "function") return globalThis.WebSocket;
    throw new TypeError("There is no WebSocket here. Pass one: connect({ url, WebSocket }).");
  }
  function websocketUrl(endpoint, page = globalThis.location?.href) {
    let url;
    try {
      url = new URL(endpoint, page);
    } catch {
      throw new TypeError(`No address to connect to: "${endpoint}" is not a full address, and there is no page to resolve it against.`);
    }
    if (url.protocol === "http:") url.protocol = "ws:";
    if (url.protocol === "https:") url.protocol = "wss:";
    if (url.protocol !== "ws:" && url.protocol !== "wss:") {
      throw new TypeError(`Cannot connect to "${url.href}": expected ws, wss, http or https.`);
    }
    url.hash = "";
    return url.href;
  }

  // src/client.js
  function connect(options) {
    return createClient(options).client;
  }
  function createClient(options = {}) {
    const {
      url = globalThis.dragon_settings?.endpoint ?? "/ws",
      WebSocket = nativeWebSocket(),
      timeout = 2e4,
      connectTimeout = 1e4,
      steadyAfter = 5e3,
      backoff: backoff2 = backoff,
      random = Math.random,
      timers = pageTimers,
      network = typeof globalThis.addEventListener === "function" ? globalThis : null
    } = options;
    const states = emitter();
    let current = { name: "connecting", info: {} };
    let connection = null;
    let token;
    const calls = createCalls({ send: (text) => connection?.send(text) ?? false, timers, timeout });
    const channels = createChannels({ start: calls.start, timers, timeout, backoff: backoff2, random });
    connection = createConnection(
      { url: websocketUrl(url), WebSocket, backoff: backoff2, timers, random, network, connectTimeout, steadyAfter },
      {
        // Subscriptions first: whatever a waiting call is about to change is then heard of.
        open() {
          if (!calls.openOwn() && token !== void 0) {
            const mine = token;
            calls.start("login", OWN_ROUTE, { token }, { resolve() {
            }, reject: (error) => forget2(mine, error) });
          }
          channels.open();
          calls.open();
        },
        drop() {
          channels.drop();
          calls.drop();
        },
        message(text) {
          const message = decode(text);
          if (message.kind === "reply") calls.answer(message);
          else if (message.kind === "push") channels.push(message.message);
        },
        closed(code, reason) {
          const parts = endParts({ code, reason });
          channels.close(parts);
          calls.close(parts);
        },
        state(name, info) {
          current = { name, info: name === "closed" ? { ...info, error: endOf(info) } : info };
          states.emit(name, current.info);
        }
      }
    );
    async function call(verb, route, args, callOptions) {
      if (current.name === "closed") throw endOf(current.info, { verb, route });
      return calls.call(verb, route, args, callOptions);
    }
    function start(verb, route, args, handlers) {
      if (current.name === "closed") handlers.reject(endOf(current.info, { verb, route }));
      else calls.start(verb, route, args, handlers);
    }
    function forget2(mine, error) {
      if (token === mine && error.code === "login_required") token = void 0;
    }
    const dataOf = async (...request) => (await call(...request)).data;
    const client = {
      get state() {
        return current.name;
      },
      ready: () => ready(),
      onState(fn) {
        guarded(fn, current.name, current.info);
        return states.on(fn);
      },
      close: () => connection.close(),
      getList: (route, args) => dataOf("get_list", route, args),
      getSingle: (route, args) => dataOf("get_single", route, args),
      create: (route, args) => dataOf("create", route, args),
      update: (route, args) => dataOf("update", route, args),
      delete: (route, args) => dataOf("delete", route, args),
      callRouter: (verb, route, args, callOptions) => dataOf(verb, route, args, callOptions),
      async getPagedList(route, page = 1, args = {}) {
        const { data, context } = await call("get_list", route, { ...args, _page: page });
        return { data, page: context.client_context?.page ?? null, context };
      },
      async call(verb, route, args, callOptions) {
        const { data, context } = await call(verb, route, args, callOptions);
        return { data, context };
      },
      async login(mine) {
        token = mine;
        try {
          return (await dataOf("login", OWN_ROUTE, { token })).user;
        } catch (error) {
          forget2(mine, error);
          throw error;
        }
      },
      async logout() {
        token = void 0;
        await dataOf("logout", OWN_ROUTE);
      },
      async subscribe(route, channel, filters, subscribeOptions) {
        if (current.name === "closed") throw endOf(current.info, { verb: "subscribe", route });
        return channels.subscribe(route, channel, filters ?? {}, subscribeOptions);
      },
      async unsubscribe(route, channel, filters) {
        return channels.unsubscribe(route, channel, filters ?? {});
      },
      onChannelMessage: channels.onMessage,
      onSubscription: channels.onSubscription
    };
    return { client, start };
    function ready() {
      return new Promise((resolve, reject) => {
        if (current.name === "open") resolve();
        else if (current.name === "closed") reject(current.info.error);
        else {
          const stop = states.on((name) => {
            if (name !== "open" && name !== "closed") return;
            stop();
            if (name === "open") resolve();
            else reject(current.info.error);
          });
        }
      });
    }
  }
  function endOf(info, where = {}) {
    return new DragonError({ ...endParts(info), ...where });
  }
  function endParts({ code, reason }) {
    const said = {
      [CLOSE.normal]: "The client was closed.",
      [CLOSE.invalidOrigin]: "The server does not accept connections from this origin.",
      [CLOSE.loginRequired]: "The server asks for a login."
    }[code];
    const detail = reason ? `${code}: ${reason}` : code;
    return { code: "closed", closeCode: code, message: said ?? `The server closed the connection for good (${detail}).` };
  }

  // src/data/row.js
  function isRow(value) {
    return typeof value === "object" && value !== null && "id" in value && "_type" in value;
  }
  function sameRow(a, b) {
    return String(a.id) === String(b.id) && String(a._type) === String(b._type);
  }
  function keyOf2(row) {
    return `${row._type} ${row.id}`;
  }
  function merge(target, data) {
    for (const key of Object.keys(data)) {
      if (key !== "__proto__") target[key] = data[key];
    }
    return target;
  }
  function copy(value) {
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== "object" || value === null) return value;
    const fresh = {};
    for (const key of Object.keys(value)) {
      if (key !== "__proto__") fresh[key] = copy(value[key]);
    }
    return fresh;
  }
  function equal(a, b) {
    if (a === b) return true;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
    if (Array.isArray(a) !== Array.isArray(b)) return false;
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
  }

  // src/data/memory.js
  function createMemory() {
    return { loose: /* @__PURE__ */ new Map(), wanted: /* @__PURE__ */ new Map(), told: /* @__PURE__ */ new Map() };
  }
  function begin(memory, rows, links, isKnown = () => false) {
    for (const parent of rows) {
      for (const link of linksBelow(links, parent._type)) {
        if (link.channel === void 0) continue;
        for (const child of [parent[link.prop_name]].flat()) {
          if (isRow(child) && !isKnown(child)) noteChannel(memory, child, link.channel, true);
        }
      }
    }
  }
  function noteChannel(memory, data, channel, isTold2) {
    const key = keyOf2(data);
    if (!memory.told.has(key)) memory.told.set(key, /* @__PURE__ */ new Map());
    memory.told.get(key).set(channel, isTold2);
  }
  function isTold(memory, data) {
    return [...memory.told.get(keyOf2(data))?.values() ?? []].includes(true);
  }
  function hasLeft(memory, row, link) {
    return memory.told.get(keyOf2(row))?.get(link.channel) === false;
  }
  function placeOf(parent, { prop_name: prop }) {
    return `${keyOf2(parent)} ${prop}`;
  }
  function withoutHolders(data, links) {
    const rest = { ...data };
    for (const { via } of linksAbove(links, data._type)) if (Array.isArray(rest[via])) delete rest[via];
    return rest;
  }
  function linksBelow(links, type) {
    return links.filter(({ parent_type }) => String(parent_type) === String(type));
  }
  function linksAbove(links, type) {
    return links.filter(({ child_type }) => String(child_type) === String(type));
  }
  function idsOf(value) {
    return [value].flat().map((one2) => isRow(one2) ? one2.id : one2).filter((id) => id !== null && id !== void 0).map(String);
  }
  function flatten(data, links, memory, rows) {
    const flat = { ...data };
    for (const link of linksBelow(links, data._type)) {
      if (!Object.hasOwn(data, link.prop_name)) continue;
      const named = [data[link.prop_name]].flat().map((one2) => isRow(one2) ? one2.id : one2);
      const ids = new Map(named.filter((id) => id !== null && id !== void 0).map((id) => [String(id), id]));
      memory.wanted.set(placeOf(data, link), [...ids.keys()]);
      const isKnown = /* @__PURE__ */ new Set();
      for (const row of rows) {
        if (String(row._type) !== String(link.child_type)) continue;
        isKnown.add(String(row.id));
        if (hasLeft(memory, row, link)) ids.delete(String(row.id));
        if (!Object.hasOwn(row, link.via)) continue;
        if (idsOf(row[link.via]).includes(String(data.id))) ids.set(String(row.id), row.id);
        else ids.delete(String(row.id));
      }
      const present = [...ids].filter(([text]) => isKnown.has(text)).map(([, id]) => id);
      flat[link.prop_name] = link.is_collection ? present : present.at(-1) ?? null;
    }
    return flat;
  }
  function noteHolders(memory, data, links, rows) {
    for (const link of linksAbove(links, data._type)) {
      for (const parent of rows.filter((row) => String(row._type) === String(link.parent_type))) {
        const place = placeOf(parent, link);
        const ids = idsOf(parent[link.prop_name]);
        if (!memory.wanted.has(place) && ids.includes(String(data.id))) memory.wanted.set(place, ids);
      }
    }
  }
  function isWanted(memory, parent, link, child) {
    return !hasLeft(memory, child, link) && (memory.wanted.get(placeOf(parent, link))?.includes(String(child.id)) ?? false);
  }
  function forget(memory, data, links) {
    memory.loose.delete(keyOf2(data));
    memory.told.delete(keyOf2(data));
    for (const link of linksBelow(links, data._type)) memory.wanted.delete(placeOf(data, link));
  }
  function keepLoose(memory, before, placed, links, deleted) {
    const keys = new Set(placed.map(keyOf2));
    const kinds = new Set(links.map(({ child_type }) => String(child_type)));
    for (const row of before) {
      const key = keyOf2(row);
      if (kinds.has(String(row._type)) && !keys.has(key) && key !== deleted) memory.loose.set(key, row);
    }
    for (const key of keys) memory.loose.delete(key);
  }

  // src/data/order.js
  function orderBy(order = []) {
    const compare = typeof order === "function" ? order : byKeys([order].flat());
    return (a, b) => compare(a, b) || compareValues(a.id, b.id);
  }
  function byKeys(keys) {
    const terms = keys.map((key) => key.startsWith("-") ? { key: key.slice(1), sign: -1 } : { key, sign: 1 });
    return (a, b) => {
      for (const { key, sign } of terms) {
        const found = compareValues(a[key], b[key]);
        if (found !== 0) return sign * found;
      }
      return 0;
    };
  }
  function compareValues(a, b) {
    if (a === b) return 0;
    const [rankA, rankB] = [rank(a), rank(b)];
    if (rankA !== rankB) return rankA - rankB;
    if (typeof a === "string") return compareText(a, b);
    if (typeof a === "object") return compareText(JSON.stringify(a), JSON.stringify(b));
    if (a < b) return -1;
    return a > b ? 1 : 0;
  }
  function rank(value) {
    if (value === null || value === void 0) return 0;
    return { boolean: 1, number: 2, string: 3 }[typeof value] ?? 4;
  }
  function compareText(a, b) {
    const length = Math.min(a.length, b.length);
    for (let i = 0; i < length; i += 1) {
      const [unitA, unitB] = [a.charCodeAt(i), b.charCodeAt(i)];
      if (unitA !== unitB) return lifted(unitA) - lifted(unitB);
    }
    return a.length - b.length;
  }
  function lifted(unit) {
    return unit >= 55296 && unit <= 57343 ? unit + 10240 : unit;
  }

  // src/data/tree.js
  function applyChange(source, { action, data: told, channel }, links, { add = true, memory } = {}) {
    if (!["created", "updated", "deleted"].includes(action)) return source;
    const data = memory ? withoutHolders(told, links) : told;
    const before = memory ? rowsIn(everything(source, memory)) : [];
    const relations = memory && channel !== void 0 ? relationsOf(links, data, channel) : null;
    if (relations) noteChannel(memory, data, channel, action !== "deleted");
    let gone;
    if (action === "deleted") {
      if (memory) noteHolders(memory, data, links, before);
      if (!relations || !leaves(source, data, relations, memory)) {
        remove(source, data, memory);
        if (memory) forget(memory, data, links);
        gone = keyOf2(data);
      }
    } else put(source, data, links, { whole: action === "created", add, memory });
    if (memory) keepLoose(memory, before, rowsIn(source), links, gone);
    return source;
  }
  function relationsOf(links, data, channel) {
    const above = linksAbove(links, data._type);
    if (above.some((link) => link.channel === void 0)) return null;
    const own = above.filter((link) => link.channel === channel);
    return above.length > own.length ? own : null;
  }
  function leaves(source, data, relations, memory) {
    const parents = rowsIn(everything(source, memory));
    for (const link of relations) {
      for (const parent of parents) if (String(parent._type) === String(link.parent_type)) takeOut(parent, link.prop_name, data);
    }
    if (relations.length === 0 && Array.isArray(source)) splice(source, data);
    const left = rowsIn(everything(source, memory)).filter((row) => sameRow(row, data));
    const isAtTop = [source].flat().some((row) => isRow(row) && sameRow(row, data));
    if (!isTold(memory, data) && !isAtTop) return false;
    for (const row of left) for (const { via } of relations) if (Object.hasOwn(row, via)) row[via] = null;
    return true;
  }
  function everything(source, memory) {
    return memory ? [source, ...memory.loose.values()] : source;
  }
  function put(source, told, links, { whole, add, memory }) {
    const rows = rowsIn(everything(source, memory));
    const data = memory ? flatten(told, links, memory, rows) : told;
    const known = rows.filter((row) => sameRow(row, data));
    const find = (type, id) => rows.find((row) => sameRow(row, { _type: type, id }));
    for (const row of known) lay(row, data, links, { whole, find });
    const above = linksAbove(links, data._type);
    const isRoot = above.every((link) => link.parent_type === data._type);
    const spare = [];
    const fresh = () => memory ? lay({ id: data.id, _type: data._type }, data, links, { find }) : copy(data);
    const another = () => spare.shift() ?? (known.length > 0 ? copy(known[0]) : fresh());
    const mayPlace = known.length > 0 || add;
    const wanting = [];
    for (const link of above.filter(({ via }) => Object.hasOwn(data, via))) {
      const ids = idsOf(data[link.via]);
      for (const parent of rowsIn(everything(source, memory)).filter((row) => String(row._type) === String(link.parent_type))) {
        const wanted = ids.includes(String(parent.id));
        if (wanted && !holds(parent[link.prop_name], data)) wanting.push([parent, link]);
        if (!wanted) spare.push(...takeOut(parent, link.prop_name, data));
      }
      if (isRoot && Array.isArray(source) && ids.length > 0) spare.push(...splice(source, data));
    }
    const named = memory ? above.filter(({ via }) => !Object.hasOwn(known[0] ?? data, via)) : [];
    for (const link of named) {
      for (const parent of rows.filter((row) => String(row._type) === String(link.parent_type))) {
        if (isWanted(memory, parent, link, data) && !holds(parent[link.prop_name], data)) wanting.push([parent, link]);
      }
    }
    for (const [parent, link] of wanting) if (mayPlace) attach(parent, link, another());
    if (!isRoot) {
      if (memory && known.length === 0 && wanting.length === 0 && add) memory.loose.set(keyOf2(data), fresh());
      return;
    }
    const parentless = above.every(({ via }) => idsOf(data[via]).length === 0);
    const nowhere = known.length === 0 || spare.length > 0;
    if (Array.isArray(source) && parentless && nowhere && mayPlace) source.push(another());
  }
  function attach(parent, { prop_name: prop, is_collection: many2 }, child) {
    if (contains(child, parent)) return;
    const held = parent[prop];
    if (!many2) parent[prop] = child;
    else if (!Array.isArray(held)) parent[prop] = [child];
    else if (held.length === 0 || held.some(isRow)) held.push(child);
  }
  function lay(row, data, links = [], { whole = false, find = () => void 0 } = {}) {
    if (whole) {
      const told = linksAbove(links, row._type).map(({ via }) => via);
      for (const key of Object.keys(row)) {
        if (!Object.hasOwn(data, key) && !key.startsWith("$$") && !told.includes(key)) delete row[key];
      }
    }
    for (const key of Object.keys(data)) {
      if (key === "__proto__") continue;
      const link = links.find(({ parent_type, prop_name }) => prop_name === key && String(parent_type) === String(row._type));
      const elsewhere = (id) => {
        const found = link && find(link.child_type, id);
        return found && !contains(found, row) ? copy(found) : void 0;
      };
      row[key] = Array.isArray(data[key]) ? many(row[key], data[key], { link, elsewhere, links, find }) : one(row[key], data[key], { elsewhere, links, find });
    }
    return row;
  }
  function many(held, incoming, { link, elsewhere, links, find }) {
    const rows = [held].flat().filter(isRow);
    if (!link && rows.length === 0) return copy(incoming);
    const next = incoming.map((value) => {
      if (typeof value !== "object" || value === null) return rows.find((row) => String(row.id) === String(value)) ?? elsewhere(value);
      const known = isRow(value) && rows.find((row) => sameRow(row, value));
      return known ? lay(known, value, links, { whole: true, find }) : copy(value);
    }).filter((value) => value !== void 0);
    if (!Array.isArray(held)) return next;
    held.splice(0, held.length, ...next);
    return held;
  }
  function one(held, incoming, { elsewhere, links, find }) {
    if (isRow(incoming)) {
      return isRow(held) && sameRow(held, incoming) ? lay(held, incoming, links, { whole: true, find }) : copy(incoming);
    }
    if (typeof incoming === "object" || incoming === void 0) return copy(incoming);
    if (isRow(held) && String(held.id) === String(incoming)) return held;
    return elsewhere(incoming) ?? incoming;
  }
  function remove(source, data, memory) {
    for (const holder of holdersIn(everything(source, memory))) {
      if (Array.isArray(holder)) splice(holder, data);
      else for (const key of Object.keys(holder)) if (isRow(holder[key]) && sameRow(holder[key], data)) holder[key] = null;
    }
    if (!Array.isArray(source) && isRow(source) && sameRow(source, data)) {
      for (const key of Object.keys(source)) delete source[key];
    }
  }
  function takeOut(parent, prop, data) {
    const held = parent[prop];
    if (Array.isArray(held)) return splice(held, data);
    if (!holds(held, data)) return [];
    parent[prop] = null;
    return [held];
  }
  function splice(array, data) {
    const taken = [];
    for (let i = array.length - 1; i >= 0; i -= 1) {
      if (isRow(array[i]) && sameRow(array[i], data)) taken.push(...array.splice(i, 1));
    }
    return taken;
  }
  function holds(held, data) {
    return [held].flat().some((value) => isRow(value) && sameRow(value, data));
  }
  function contains(row, other) {
    return holdersIn(row).includes(other);
  }
  function rowsIn(source) {
    return holdersIn(source).filter(isRow);
  }
  function holdersIn(source) {
    const seen = /* @__PURE__ */ new Set([source]);
    for (const holder of seen) {
      for (const key of Object.keys(holder)) {
        if (!key.startsWith("$") && isData(holder[key])) seen.add(holder[key]);
      }
    }
    return [...seen];
  }
  function isData(value) {
    if (typeof value !== "object" || value === null) return false;
    if (Array.isArray(value)) return true;
    const prototype = Object.getPrototypeOf(value);
    return prototype === null || Object.getPrototypeOf(prototype) === null;
  }

  // src/data/rows.js
  function applyPush(rows, { action, data, channel }, compare, links = [], memory = void 0) {
    if (links.length > 0) return nested(rows, { action, data, channel }, compare, links, memory);
    const at = rows.findIndex((row2) => sameRow(row2, data));
    const known = at >= 0 ? rows[at] : null;
    if (action === "deleted") return known ? without(rows, at) : rows;
    if (action === "updated" && !known) return rows;
    if (action !== "created" && action !== "updated") return rows;
    const row = action === "updated" ? lay(copy(known), data) : copy(data);
    if (known && equal(known, row)) return rows;
    return insert(known ? without(rows, at) : rows.slice(), row, compare);
  }
  function nested(rows, change, compare, links, memory) {
    const draft = applyChange(copy(rows), change, links, { add: change.action === "created", memory });
    for (const row of rowsIn(draft)) sortBelow(row, links);
    const fresh = share(rows, draft).slice().sort(compare);
    return fresh.length === rows.length && fresh.every((row, i) => row === rows[i]) ? rows : fresh;
  }
  function sortBelow(row, links) {
    for (const { prop_name: prop } of linksBelow(links, row._type)) {
      if (Array.isArray(row[prop]) && row[prop].every(isRow)) row[prop].sort((a, b) => compareValues(a.id, b.id));
    }
  }
  function share(old, fresh) {
    if (equal(old, fresh)) return old;
    if (Array.isArray(old) && Array.isArray(fresh)) {
      const known = new Map(old.filter(isRow).map((row) => [keyOf2(row), row]));
      return fresh.map((row, i) => share(isRow(row) ? known.get(keyOf2(row)) : old[i], row));
    }
    if (typeof old !== "object" || typeof fresh !== "object" || old === null || fresh === null) return fresh;
    for (const key of Object.keys(fresh)) fresh[key] = share(old[key], fresh[key]);
    return fresh;
  }
  function takeSnapshot(rows, snapshot, compare) {
    const known = new Map(rows.map((row) => [keyOf2(row), row]));
    const taken = snapshot.map((row) => {
      const fresh = copy(row);
      const old = known.get(keyOf2(fresh));
      return old && equal(old, fresh) ? old : fresh;
    });
    taken.sort(compare);
    const same = taken.length === rows.length && taken.every((row, i) => row === rows[i]);
    return same ? rows : taken;
  }
  function without(rows, at) {
    return [...rows.slice(0, at), ...rows.slice(at + 1)];
  }
  function insert(rows, row, compare) {
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = low + high >> 1;
      if (compare(rows[middle], row) <= 0) low = middle + 1;
      else high = middle;
    }
    rows.splice(low, 0, row);
    return rows;
  }

  // src/data/store.js
  function createStore(initial, { start, linger = 1e3, timers = pageTimers } = {}) {
    const listeners = /* @__PURE__ */ new Set();
    let value = initial;
    let version = 0;
    let stop = null;
    let cancelStop = () => {
    };
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
          if (version !== mine) return;
          if (listeners.has(listener)) guarded(listener.fn, value);
        }
      },
      subscribe(fn) {
        const listener = { fn };
        cancelStop();
        if (!stop && start) stop = start() ?? (() => {
        });
        guarded(fn, value);
        listeners.add(listener);
        return () => leave(listener);
      }
    };
  }

  // src/data/live-list.js
  var NONE = Object.freeze([]);
  var count = 0;
  function liveList(client, route, givenFilters = {}, options = {}) {
    const filters = { ...givenFilters };
    const { order, linger = 1e3, timers = pageTimers, random = Math.random } = options;
    const compare = orderBy(order);
    count += 1;
    const channel = options.channel ?? `live-${count}`;
    const state = createStore({ status: "idle", error: null });
    const rows = createStore(NONE, { start, linger, timers });
    let running = false;
    let load = 0;
    let holed = false;
    let failures = 0;
    let links = [];
    let memory = createMemory();
    let cancelRetry = () => {
    };
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
        client.unsubscribe(route, channel, filters).catch(() => {
        });
        rows.set(NONE);
        become("idle");
      };
    }
    function reload() {
      if (!running) return;
      cancelRetry();
      load += 1;
      holed = false;
      const mine = load;
      become(rows.get().length > 0 ? "stale" : "loading");
      client.subscribe(route, channel, filters, { snapshot: true, timeout: 0 }).catch((error) => {
        if (mine === load && running) failed(error);
      });
    }
    function failed(error) {
      if (error.code === "unavailable") {
        const retryIn = backoff({ attempt: failures, code: 0, random });
        failures += 1;
        cancelRetry = after(timers, retryIn, reload);
        return;
      }
      become("error", error);
    }
    function answered(answer) {
      if (answer.channel !== channel || answer.route !== route) return;
      if (Array.isArray(answer.data)) links = answer.data;
      if (answer.error) {
        failed(answer.error);
      } else if (answer.recovered) {
        become("live");
      } else if (Array.isArray(answer.snapshot)) {
        failures = 0;
        memory = createMemory();
        if (links.length > 0) begin(memory, rowsIn(answer.snapshot), links);
        rows.set(takeSnapshot(rows.get(), answer.snapshot, compare));
        if (holed) reload();
        else become("live");
      } else {
        const message = `subscribe on ${route}: the reply bears no snapshot; this server cannot keep a live list.`;
        become("error", new DragonError({ code: "protocol", message, route, verb: "subscribe" }));
      }
    }
    function heard(channels, message) {
      if (!channels.includes(channel)) return;
      if (message.action === "resync") {
        if (status() === "live") reload();
        else holed = true;
      } else if (status() === "live" && isRow(message.data)) {
        rows.set(applyPush(rows.get(), message, compare, links, memory));
      }
    }
    function connected(name, info) {
      if (name === "closed") become("error", info.error);
      else if (name !== "open") {
        holed = false;
        if (status() === "live") become("stale");
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
      reload
    };
  }

  // src/data/mapper.js
  var former = /* @__PURE__ */ new WeakMap();
  var memories = /* @__PURE__ */ new WeakMap();
  var DataMapper = class {
    constructor(map = []) {
      this.map = map;
    }
    mapData(datasource, message) {
      const { action, data } = message;
      if (typeof datasource !== "object" || datasource === null) return datasource;
      const links = linksOf(this);
      if (message.position !== void 0 && links.length > 0 && isRow(data)) return mapTold(this, datasource, message, links);
      if (action === "created") return this.mapCreated(datasource, data);
      if (action === "updated") return this.mapUpdated(datasource, data);
      if (action === "deleted") return this.mapDelete(datasource, data);
      return datasource;
    }
    mapCreated(datasource, data) {
      if (isVacant(datasource, data, linksOf(this))) return merge(datasource, copy(data));
      return applyChange(datasource, { action: "created", data }, linksOf(this));
    }
    mapUpdated(datasource, data) {
      return applyChange(datasource, { action: "updated", data }, linksOf(this));
    }
    mapDelete(datasource, data) {
      const { id, _type } = datasource;
      applyChange(datasource, { action: "deleted", data }, linksOf(this));
      if (id !== void 0 && datasource.id === void 0) former.set(datasource, { id, _type });
      return datasource;
    }
  };
  function mapTold(mapper, datasource, { action, data, channel }, links) {
    if (action === "created" && isVacant(datasource, data, links)) merge(datasource, { id: data.id, _type: data._type });
    const { id, _type } = datasource;
    const memory = memoryOf(mapper, datasource, links);
    const add = action === "created";
    applyChange(datasource, { action, data, channel }, links, { add, memory });
    if (id !== void 0 && datasource.id === void 0) former.set(datasource, { id, _type });
    memory.shown = new Set(loadedIn(datasource));
    return datasource;
  }
  function memoryOf(mapper, datasource, links) {
    const known = memories.get(mapper) ?? /* @__PURE__ */ new WeakMap();
    memories.set(mapper, known);
    const memory = known.get(datasource);
    const rows = loadedIn(datasource);
    const isKnown = (row) => memory.shown.has(row);
    const isSame = memory && (memory.shown.size === 0 ? rows.length === 0 : rows.some(isKnown));
    const kept = isSame ? memory : createMemory();
    known.set(datasource, kept);
    begin(kept, rowsIn(datasource), links, isSame ? isKnown : void 0);
    return kept;
  }
  function loadedIn(datasource) {
    return rowsIn(datasource).filter((row) => row !== datasource);
  }
  function linksOf({ map }) {
    return Array.isArray(map) ? map : [];
  }
  function isVacant(datasource, data, links) {
    if (Array.isArray(datasource) || Object.keys(datasource).some((key) => !key.startsWith("$"))) return false;
    const was = former.get(datasource);
    return was ? sameRow(was, data) : !links.some((link) => link.child_type === data._type);
  }
  return __toCommonJS(index_exports);
})();

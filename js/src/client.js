// The client: puts connection, calls and channels together and gives them their public names.

import { backoff as defaultBackoff } from './backoff.js';
import { OWN_ROUTE, createCalls } from './calls.js';
import { createChannels } from './channels.js';
import { createConnection } from './connection.js';
import { DragonError } from './error.js';
import { emitter, guarded } from './events.js';
import { CLOSE, decode } from './protocol.js';
import { pageTimers } from './timers.js';
import { nativeWebSocket, websocketUrl } from './transports/websocket.js';

/** See client.d.ts. */
export function connect(options) {
  return createClient(options).client;
}

/**
 * The client, and `start(verb, route, args, {timeout, resolve, reject})`: a call whose outcome is told by callbacks, in
 * the same turn as the reply is read. The layer for SwampDragon's pages needs it: their callbacks may set up what the
 * very next message is handed to.
 */
export function createClient(options = {}) {
  const {
    url = globalThis.dragon_settings?.endpoint ?? '/ws',
    WebSocket = nativeWebSocket(),
    timeout = 20_000,
    connectTimeout = 10_000,
    steadyAfter = 5_000,
    backoff = defaultBackoff,
    random = Math.random,
    timers = pageTimers,
    network = typeof globalThis.addEventListener === 'function' ? globalThis : null,
  } = options;

  const states = emitter();
  let current = { name: 'connecting', info: {} };
  let connection = null;
  let token; // Shown on each connection, before anything else.
  const calls = createCalls({ send: (text) => connection?.send(text) ?? false, timers, timeout });
  const channels = createChannels({ start: calls.start, timers, timeout, backoff, random });

  connection = createConnection(
    { url: websocketUrl(url), WebSocket, backoff, timers, random, network, connectTimeout, steadyAfter },
    {
      // Subscriptions first: whatever a waiting call is about to change is then heard of.
      open() {
        if (!calls.openOwn() && token !== undefined) {
          const mine = token;
          calls.start('login', OWN_ROUTE, { token }, { resolve() {}, reject: (error) => forget(mine, error) });
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
        if (message.kind === 'reply') calls.answer(message);
        else if (message.kind === 'push') channels.push(message.message);
      },
      closed(code, reason) {
        const parts = endParts({ code, reason });
        channels.close(parts);
        calls.close(parts);
      },
      state(name, info) {
        current = { name, info: name === 'closed' ? { ...info, error: endOf(info) } : info };
        states.emit(name, current.info);
      },
    },
  );

  // What is asked after the end fails at once instead of waiting for a connection that will never be.
  async function call(verb, route, args, callOptions) {
    if (current.name === 'closed') throw endOf(current.info, { verb, route });
    return calls.call(verb, route, args, callOptions);
  }

  function start(verb, route, args, handlers) {
    if (current.name === 'closed') handlers.reject(endOf(current.info, { verb, route }));
    else calls.start(verb, route, args, handlers);
  }

  // A token that is no good is not shown again; the server then answers as to a guest.
  function forget(mine, error) {
    if (token === mine && error.code === 'login_required') token = undefined;
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

    getList: (route, args) => dataOf('get_list', route, args),
    getSingle: (route, args) => dataOf('get_single', route, args),
    create: (route, args) => dataOf('create', route, args),
    update: (route, args) => dataOf('update', route, args),
    delete: (route, args) => dataOf('delete', route, args),
    callRouter: (verb, route, args, callOptions) => dataOf(verb, route, args, callOptions),
    async getPagedList(route, page = 1, args = {}) {
      const { data, context } = await call('get_list', route, { ...args, _page: page });
      return { data, page: context.client_context?.page ?? null, context };
    },
    async call(verb, route, args, callOptions) {
      const { data, context } = await call(verb, route, args, callOptions);
      return { data, context };
    },

    async login(mine) {
      token = mine;
      try {
        return (await dataOf('login', OWN_ROUTE, { token })).user;
      } catch (error) {
        forget(mine, error);
        throw error;
      }
    },
    async logout() {
      token = undefined;
      await dataOf('logout', OWN_ROUTE);
    },

    async subscribe(route, channel, filters, subscribeOptions) {
      if (current.name === 'closed') throw endOf(current.info, { verb: 'subscribe', route });
      return channels.subscribe(route, channel, filters ?? {}, subscribeOptions);
    },
    async unsubscribe(route, channel, filters) {
      return channels.unsubscribe(route, channel, filters ?? {});
    },
    onChannelMessage: channels.onMessage,
    onSubscription: channels.onSubscription,
  };
  return { client, start };

  function ready() {
    return new Promise((resolve, reject) => {
      if (current.name === 'open') resolve();
      else if (current.name === 'closed') reject(current.info.error);
      else {
        const stop = states.on((name) => {
          if (name !== 'open' && name !== 'closed') return;
          stop();
          if (name === 'open') resolve();
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
    [CLOSE.normal]: 'The client was closed.',
    [CLOSE.invalidOrigin]: 'The server does not accept connections from this origin.',
    [CLOSE.loginRequired]: 'The server asks for a login.',
  }[code];
  const detail = reason ? `${code}: ${reason}` : code;
  return { code: 'closed', closeCode: code, message: said ?? `The server closed the connection for good (${detail}).` };
}

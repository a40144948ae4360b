// `window.swampdragon`, by SwampDragon's names and in its style: callbacks that get (context, data). Below it is our own
// client, so subscriptions outlive an outage and calls wait for the connection instead of throwing.
//
// Callbacks come in the order of the messages on the wire: what a subscribe's callback sets up is there when the first
// message of its channel is handed over, even if both arrived in one go.

import { keyOf } from '../entries.js';
import { createClient } from '../client.js';
import { guarded } from '../events.js';
import { decode } from '../protocol.js';
import { nativeWebSocket } from '../transports/websocket.js';
import { tapped } from './socket.js';

/** See compat.d.ts. */
export function createSwampDragon({ WebSocket = nativeWebSocket(), ...options } = {}) {
  const [opens, closes, messages, heartbeats] = [[], [], [], []];
  let readies = [];
  let isOpen = false;
  const asked = new Set(); // Subscribes under way.

  const line = tapped(WebSocket, (text) => {
    if (typeof text !== 'string' || decode(text).kind !== 'heartbeat') return;
    const message = JSON.parse(text);
    if (String(message.heartbeat) !== '1') return;
    line.send(text);
    tell(heartbeats, message);
  });
  const { client, start } = createClient({ ...options, WebSocket: line.WebSocket });

  function connected(state) {
    if (state === 'open') {
      isOpen = true;
      tell(opens);
      const first = readies;
      readies = [];
      tell(first);
    } else if (isOpen) {
      isOpen = false; // Once for an outage, however many attempts it takes.
      tell(closes);
    }
  }

  // Pages compare `message` with nothing but its action and data; SwampDragon takes the channel off it, too.
  function heard(channels, { channel: _, ...message }) {
    tell(messages, channels, message);
  }

  function answered(answer) {
    const { route, channel, filters, resumed, recovered, error } = answer;
    const key = keyOf(route, filters);
    for (const one of [...asked]) {
      if (!error && one.key === key && one.channel === channel) one.succeed(answer.context, answer.data);
    }
    if (!resumed) return;
    // Nobody waits for this one. As an uncaught error it can at least be seen.
    if (error) guarded(raise, error);
    else if (!recovered) tell(messages, [channel], { action: 'resync', data: {} });
  }

  function subscribe(route, channel, filters, succeed, fail) {
    const one = { channel, key: keyOf(route, filters) };
    // Whichever is first: the answer as it is read, or the promise.
    const first = (then, ...outcome) => asked.delete(one) && then(...outcome);
    one.succeed = (context, data) => first(succeed, context, data);
    asked.add(one);
    client.subscribe(route, channel, filters).then(
      ({ context, data }) => one.succeed(context, data),
      (error) => first(fail, error),
    );
  }

  function unsubscribe(route, channel, filters, succeed, fail) {
    const context = { client_callback_name: null, verb: 'unsubscribe', state: 'success' };
    client.unsubscribe(route, channel, filters).then((data) => succeed(context, data), fail);
  }

  function callRouter(verb, route, args, success, failure, channel) {
    const succeed = (context, data) => success && guarded(success, context, data);
    const fail = (error) => failure && guarded(failure, contextOf(error), dataOf(error));
    const { channel: named, ...filters } = args ?? {};
    const local = channel ?? named;
    if (verb === 'subscribe' && local != null) subscribe(route, local, filters, succeed, fail);
    else if (verb === 'unsubscribe' && local != null) unsubscribe(route, local, filters, succeed, fail);
    else {
      const given = local == null ? filters : { ...filters, channel: local };
      start(verb, route, given, { resolve: ({ context, data }) => succeed(context, data), reject: fail });
    }
  }

  function send(text) {
    const request = requestOf(text);
    if (!request) return line.send(text);
    callRouter(request.verb, request.route, request.args);
    return true;
  }

  const verb = (name) => (route, data, success, failure) => callRouter(name, route, data, success, failure);
  const channelVerb = (name) => (route, channel, args, success, failure) => callRouter(name, route, args, success, failure, channel);

  client.onSubscription(answered);
  client.onChannelMessage(heard);
  client.onState(connected);

  return {
    ready: (fn) => (isOpen ? fn() : void readies.push(fn)),
    open: (fn) => (isOpen ? fn() : void opens.push(fn)),
    close: (fn) => void closes.push(fn),
    onChannelMessage: (fn) => void messages.push(fn),
    onHeartbeat: (fn) => void heartbeats.push(fn),
    callRouter,
    subscribe: channelVerb('subscribe'),
    unsubscribe: channelVerb('unsubscribe'),
    getSingle: verb('get_single'),
    getList: verb('get_list'),
    getPagedList: (route, data, page, success, failure) =>
      callRouter('get_list', route, { ...data, _page: page || 1 }, success, failure),
    create: verb('create'),
    update: verb('update'),
    delete: verb('delete'),
    send,
    sendJSON: (data) => send(JSON.stringify(data)),
    /** Not SwampDragon's: the client below, for pages on their way to it. */
    client,
  };
}

function tell(listeners, ...args) {
  for (const fn of [...listeners]) guarded(fn, ...args);
}

function raise(error) {
  throw error;
}

// A request that the page has written out itself, which must not bypass the client: what it subscribes would otherwise be
// unknown there, and its messages with it.
function requestOf(text) {
  try {
    const request = JSON.parse(text);
    return typeof request?.route === 'string' && typeof request.verb === 'string' ? request : null;
  } catch {
    return null;
  }
}

// What the server's reply would have said, also where there was none.
function contextOf(error) {
  return error.context ?? { client_callback_name: null, verb: error.verb, state: 'error', code: error.code };
}

function dataOf(error) {
  if (error.code === 'validation') return error.errors;
  return error.context?.state === 'login_required' ? null : { error: [error.message] };
}

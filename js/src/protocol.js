// The wire, and nothing but the wire: texts to objects and back, and what a close code means.
// No other module knows the names of keys on the wire or the numbers of close codes.

/** Close codes that this side tells apart. Below 3000 as in RFC 6455. */
export const CLOSE = {
  normal: 1000,
  lost: 1006, // What a browser reports when the connection broke without a close; never sent.
  tryLater: 1013,
  aborted: 3001,
  goingAway: 3012,
  invalidOrigin: 4000,
  loginRequired: 4001,
  tooMany: 4008,
};

const FINAL = new Set([CLOSE.aborted, CLOSE.invalidOrigin, CLOSE.loginRequired]);

/** Whether a connection that ended with `code` is to be opened again. */
export function comesBack(code) {
  return !FINAL.has(code);
}

/** A request as text. Encoded when the call is made, so that a later change of `args` by its owner does not leak in. */
export function encode(callbackname, verb, route, args) {
  return JSON.stringify({ route, verb, args: args ?? {}, callbackname });
}

/**
 * A text from the server as one of
 * `{kind: 'reply', name, ok, data, context, snapshot, remotes}`, `{kind: 'push', message}`, `{kind: 'heartbeat'}`,
 * `{kind: 'unknown'}`.
 *
 * A push is told by its `channel`: replies never bear one, while the payload of a router's own publish is free and may
 * well contain a key named `context`.
 */
export function decode(text) {
  const message = parse(text);
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return { kind: 'unknown' };
  if (typeof message.channel === 'string') return { kind: 'push', message };
  const { context } = message;
  if (typeof context === 'object' && context !== null && 'client_callback_name' in context) {
    return {
      kind: 'reply',
      name: context.client_callback_name,
      ok: context.state === 'success',
      data: message.data,
      context,
      snapshot: message.snapshot,
      remotes: message.channel_data?.remote_channels ?? [],
    };
  }
  if ('heartbeat' in message) return { kind: 'heartbeat' };
  return { kind: 'unknown' };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // What cannot be read is not ours; a broken proxy page must not take the client down.
  }
}

/** The args of subscribe and unsubscribe. What begins with an underscore is an instruction, not a filter. */
export function channelArgs(channel, filters, { snapshot = false, since } = {}) {
  const args = { ...filters, channel };
  if (snapshot) args._snapshot = true;
  if (since !== undefined && since !== null) args._since = since;
  return args;
}

/** A position on the wire, by remote channel: one text for all of them, or a map, or nothing. */
export function positionsBy(remotes, position) {
  if (typeof position === 'object' && position !== null) return new Map(Object.entries(position));
  return new Map(position === undefined ? [] : remotes.map((remote) => [remote, position]));
}

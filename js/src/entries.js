// What is known of one subscription and of the seats on it; channels.js says what happens to them.

// Whether a seat asks for itself when the connection opens: it has never been answered, or what it waits for is a fresh
// snapshot. (One that was live and only repeated its subscribe is resumed, and its waiters are answered by that.)
export function wantsItsOwn(seat) {
  return seat.state === 'new' || (seat.waiters.length > 0 && seat.snapshot);
}

export function entryOf(entries, route, filters) {
  const key = keyOf(route, filters);
  let entry = entries.get(key);
  if (!entry) {
    entry = {
      key,
      route,
      filters: JSON.parse(JSON.stringify(filters)), // A copy: it is sent again long after its owner may have changed it.
      seats: new Map(),
      remotes: [],
      positions: new Map(),
      live: false, // Answered on this connection.
      holed: false, // Told of a hole (`resync`), and not given rows since.
      asked: 0, // When it was last asked for on this connection; 0 if not yet.
      failures: 0,
      cancel: () => {},
    };
    entries.set(key, entry);
  }
  return entry;
}

/** What the server knows as one subscription: a route and filters, in whatever order they are written. */
export function keyOf(route, filters) {
  const sorted = Object.keys(filters).sort().map((key) => [key, filters[key]]);
  return JSON.stringify([route, sorted]);
}

export function nameOf(entry, seat) {
  return { route: entry.route, channel: seat.channel, filters: entry.filters };
}

// One channel: its position. Several: the map. None known: nothing, and the server answers as to a first subscribe.
export function sinceOf(entry) {
  const { positions, remotes } = entry;
  if (positions.size === 0) return undefined;
  return remotes.length === 1 ? positions.get(remotes[0]) : Object.fromEntries(positions);
}

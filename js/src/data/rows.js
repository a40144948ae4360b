// What a row is: who it is, and how a change is laid over it. Shared by the mapper (which changes in place) and by the
// live list (which does not).

/** Rows are the same by `_type` and `id`, compared as text: an id may come as a number here and as text there. */
export function sameRow(a, b) {
  return String(a.id) === String(b.id) && String(a._type) === String(b._type);
}

/**
 * Copies the keys of `data` onto `target` and returns it. `__proto__` is passed over: a server, or whoever writes to it,
 * could otherwise change the prototype of the page's rows.
 */
export function merge(target, data) {
  for (const key of Object.keys(data)) {
    if (key !== '__proto__') target[key] = data[key];
  }
  return target;
}

/** Whether two JSON values are equal. */
export function equal(a, b) {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}

/**
 * The rows after a push, in order. A new array if anything changed and the same one if not; rows that did not change are
 * the same objects.
 *
 * An `updated` for a row that is not there is passed over. A row that enters arrives whole, as `created`; so this can
 * only be a resume that repeats an old change of a row that has left since, and half a row must never be shown.
 */
export function applyPush(rows, { action, data }, compare) {
  const at = rows.findIndex((row) => sameRow(row, data));
  const known = at >= 0 ? rows[at] : null;
  if (action === 'deleted') return known ? without(rows, at) : rows;
  if (action === 'updated' && !known) return rows;
  if (action !== 'created' && action !== 'updated') return rows;
  const row = merge(action === 'updated' ? merge({}, known) : {}, data);
  if (known && equal(known, row)) return rows;
  return insert(known ? without(rows, at) : rows.slice(), row, compare);
}

/** A snapshot, in order, in which rows that we already have and that did not change keep their identity. */
export function takeSnapshot(rows, snapshot, compare) {
  const known = new Map(rows.map((row) => [keyOf(row), row]));
  const taken = snapshot.map((row) => {
    const fresh = merge({}, row);
    const old = known.get(keyOf(fresh));
    return old && equal(old, fresh) ? old : fresh;
  });
  taken.sort(compare);
  const same = taken.length === rows.length && taken.every((row, i) => row === rows[i]);
  return same ? rows : taken;
}

function keyOf(row) {
  return `${row._type} ${row.id}`;
}

function without(rows, at) {
  return [...rows.slice(0, at), ...rows.slice(at + 1)];
}

// Into its place, found by halving. `rows` is ours already.
function insert(rows, row, compare) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(rows[middle], row) <= 0) low = middle + 1;
    else high = middle;
  }
  rows.splice(low, 0, row);
  return rows;
}

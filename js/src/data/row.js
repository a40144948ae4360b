// What a row is: who it is, and how it is copied and compared. Everything that holds rows uses these.

/** An object of the server's: it has a type and an id. */
export function isRow(value) {
  return typeof value === 'object' && value !== null && 'id' in value && '_type' in value;
}

/** Rows are the same by `_type` and `id`, compared as text: an id may come as a number here and as text there. */
export function sameRow(a, b) {
  return String(a.id) === String(b.id) && String(a._type) === String(b._type);
}

/** A text that is equal for rows that are the same. */
export function keyOf(row) {
  return `${row._type} ${row.id}`;
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

/** A JSON value that shares nothing with the one given. */
export function copy(value) {
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== 'object' || value === null) return value;
  const fresh = {};
  for (const key of Object.keys(value)) {
    if (key !== '__proto__') fresh[key] = copy(value[key]);
  }
  return fresh;
}

/** Whether two JSON values are equal. */
export function equal(a, b) {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}

// What a live list does with its rows, without changing what it has handed out.

import { linksBelow } from './memory.js';
import { compareValues } from './order.js';
import { copy, equal, isRow, keyOf, sameRow } from './row.js';
import { applyChange, lay, rowsIn } from './tree.js';

/**
 * The rows after a push, in order. A new array if anything changed and the same one if not; rows that did not change are
 * the same objects. `links` is the object map, where rows nest; `memory` is then what is
 * known beside the rows.
 *
 * An `updated` for a row that is not there is passed over. A row that enters arrives whole, as `created`; so this can
 * only be a resume that repeats an old change of a row that has left since, and half a row must never be shown.
 */
export function applyPush(rows, { action, data, channel }, compare, links = [], memory = undefined) {
  if (links.length > 0) return nested(rows, { action, data, channel }, compare, links, memory);
  const at = rows.findIndex((row) => sameRow(row, data));
  const known = at >= 0 ? rows[at] : null;
  if (action === 'deleted') return known ? without(rows, at) : rows;
  if (action === 'updated' && !known) return rows;
  if (action !== 'created' && action !== 'updated') return rows;
  const row = action === 'updated' ? lay(copy(known), data) : copy(data);
  if (known && equal(known, row)) return rows;
  return insert(known ? without(rows, at) : rows.slice(), row, compare);
}

// A change may touch any depth, so it is made on a copy; what came out equal is then the old object again.
function nested(rows, change, compare, links, memory) {
  const draft = applyChange(copy(rows), change, links, { add: change.action === 'created', memory });
  for (const row of rowsIn(draft)) sortBelow(row, links);
  const fresh = share(rows, draft).slice().sort(compare);
  return fresh.length === rows.length && fresh.every((row, i) => row === rows[i]) ? rows : fresh;
}

// Within a row, rows stand in the order of their keys, as the server lists them.
function sortBelow(row, links) {
  for (const { prop_name: prop } of linksBelow(links, row._type)) {
    if (Array.isArray(row[prop]) && row[prop].every(isRow)) row[prop].sort((a, b) => compareValues(a.id, b.id));
  }
}

// `fresh`, with everything in it that is equal to its like in `old` replaced by that.
function share(old, fresh) {
  if (equal(old, fresh)) return old;
  if (Array.isArray(old) && Array.isArray(fresh)) {
    const known = new Map(old.filter(isRow).map((row) => [keyOf(row), row]));
    return fresh.map((row, i) => share(isRow(row) ? known.get(keyOf(row)) : old[i], row));
  }
  if (typeof old !== 'object' || typeof fresh !== 'object' || old === null || fresh === null) return fresh;
  for (const key of Object.keys(fresh)) fresh[key] = share(old[key], fresh[key]);
  return fresh;
}

/** A snapshot, in order, in which rows that we already have and that did not change keep their identity. */
export function takeSnapshot(rows, snapshot, compare) {
  const known = new Map(rows.map((row) => [keyOf(row), row]));
  const taken = snapshot.map((row) => {
    const fresh = copy(row);
    const old = known.get(keyOf(fresh));
    return old && equal(old, fresh) ? old : fresh;
  });
  taken.sort(compare);
  const same = taken.length === rows.length && taken.every((row, i) => row === rows[i]);
  return same ? rows : taken;
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

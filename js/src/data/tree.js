// Rows within rows. A datasource is an array of rows or one row; rows hold others in their properties, to any depth, and
// one row may stand in several places. Which hold which is said by links, the object map of a subscribe's reply:
//
//   { parent_type, child_type, via, prop_name, is_collection }
//
// `parent[prop_name]` holds the child (an array if `is_collection`), and `child[via]` names its parent, or parents.
//
// Three rules:
//
// 1. A message is about one row. It is laid over that row wherever it stands.
// 2. If the message names the row's parents (it has `via`), the row then stands in those and in no others. If it does
//    not, the row stays where it is.
// 3. Where a relation comes as ids, they say which of the rows that are there stay; the rows themselves stay whole.

import { copy, isRow, sameRow } from './row.js';

/**
 * Makes a change in the datasource, in place. `add`: whether a row that is nowhere yet is added.
 */
export function applyChange(source, { action, data }, links, { add = true } = {}) {
  if (action === 'deleted') remove(source, data);
  else if (action === 'created' || action === 'updated') put(source, data, links, { whole: action === 'created', add });
  return source;
}

function put(source, data, links, { whole, add }) {
  const rows = rowsIn(source);
  const known = rows.filter((row) => sameRow(row, data));
  const find = (type, id) => rows.find((row) => sameRow(row, { _type: type, id }));
  for (const row of known) lay(row, data, links, { whole, find });

  const above = links.filter((link) => link.child_type === data._type);
  const isRoot = above.every((link) => link.parent_type === data._type);
  const spare = []; // What was taken out of a place, and may go into another.
  // From here the row is made only when there is a place for it. The one taken out comes first: it is the page's own.
  const another = () => spare.shift() ?? (known.length > 0 ? copy(known[0]) : copy(data));
  const mayPlace = known.length > 0 || add;

  const wanting = [];
  for (const link of above.filter(({ via }) => Object.hasOwn(data, via))) {
    const ids = idsOf(data[link.via]);
    for (const parent of rowsIn(source).filter((row) => String(row._type) === String(link.parent_type))) {
      const wanted = ids.includes(String(parent.id));
      if (wanted && !holds(parent[link.prop_name], data)) wanting.push([parent, link]);
      if (!wanted) spare.push(...takeOut(parent, link.prop_name, data));
    }
    // A row of a tree of its own kind stands at the top when it has no parent.
    if (isRoot && Array.isArray(source) && ids.length > 0) spare.push(...splice(source, data));
  }
  for (const [parent, link] of wanting) if (mayPlace) attach(parent, link, another());

  if (!isRoot) return;
  const parentless = above.every(({ via }) => idsOf(data[via]).length === 0);
  const nowhere = known.length === 0 || spare.length > 0;
  if (Array.isArray(source) && parentless && nowhere && mayPlace) source.push(another());
}

function attach(parent, { prop_name: prop, is_collection: many }, child) {
  if (contains(child, parent)) return; // A row within itself would have no end.
  const held = parent[prop];
  if (!many) parent[prop] = child;
  else if (!Array.isArray(held)) parent[prop] = [child];
  // An array of ids only: this page does not nest here.
  else if (held.length === 0 || held.some(isRow)) held.push(child);
}

/** Lays the keys of `data` over a row. `whole`: keys that `data` lacks go. */
export function lay(row, data, links = [], { whole = false, find = () => undefined } = {}) {
  if (whole) {
    // What begins with $$ is the page's: AngularJS knows a row by it.
    for (const key of Object.keys(row)) if (!Object.hasOwn(data, key) && !key.startsWith('$$')) delete row[key];
  }
  for (const key of Object.keys(data)) {
    if (key === '__proto__') continue; // See merge in row.js.
    const link = links.find(({ parent_type, prop_name }) => prop_name === key && String(parent_type) === String(row._type));
    const elsewhere = (id) => {
      const found = link && find(link.child_type, id);
      return found && !contains(found, row) ? copy(found) : undefined;
    };
    row[key] = Array.isArray(data[key])
      ? many(row[key], data[key], { link, elsewhere, links, find })
      : one(row[key], data[key], { elsewhere, links, find });
  }
  return row;
}

// A collection: rows that stay are the same objects, and so is the array.
function many(held, incoming, { link, elsewhere, links, find }) {
  const rows = [held].flat().filter(isRow);
  if (!link && rows.length === 0) return copy(incoming);
  const next = incoming
    .map((value) => {
      if (typeof value !== 'object' || value === null) return rows.find((row) => String(row.id) === String(value)) ?? elsewhere(value);
      const known = isRow(value) && rows.find((row) => sameRow(row, value));
      return known ? lay(known, value, links, { whole: true, find }) : copy(value);
    })
    .filter((value) => value !== undefined);
  if (!Array.isArray(held)) return next;
  held.splice(0, held.length, ...next);
  return held;
}

function one(held, incoming, { elsewhere, links, find }) {
  if (isRow(incoming)) {
    return isRow(held) && sameRow(held, incoming) ? lay(held, incoming, links, { whole: true, find }) : copy(incoming);
  }
  if (typeof incoming === 'object' || incoming === undefined) return copy(incoming);
  if (isRow(held) && String(held.id) === String(incoming)) return held;
  return elsewhere(incoming) ?? incoming;
}

/** Takes a row out of every place where it stands; a datasource that is the row is emptied. */
function remove(source, data) {
  for (const holder of holdersIn(source)) {
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

// All of them, should the page have made doubles.
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

// What names parents: an id, a row, nothing, or several of them.
function idsOf(value) {
  return [value]
    .flat()
    .map((one) => (isRow(one) ? one.id : one))
    .filter((id) => id !== null && id !== undefined)
    .map(String);
}

function contains(row, other) {
  return holdersIn(row).includes(other);
}

function rowsIn(source) {
  return holdersIn(source).filter(isRow);
}

// Every array and object of the datasource, each once, from the top. A page may have added ways back up, hence the set,
// and things of its own that are no data, which are left alone.
function holdersIn(source) {
  const seen = new Set([source]);
  for (const holder of seen) {
    for (const key of Object.keys(holder)) {
      if (!key.startsWith('$') && isData(holder[key])) seen.add(holder[key]);
    }
  }
  return [...seen];
}

// An array or a plain object, of whatever realm.
function isData(value) {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

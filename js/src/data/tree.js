// Rows within rows. A datasource is an array of rows or one row; rows hold others in their properties, to any depth, and
// one row may stand in several places. Which hold which is said by links, the object map of a subscribe's reply:
//
//   { parent_type, child_type, via, prop_name, is_collection, channel }
//
// `parent[prop_name]` holds the child (an array if `is_collection`), and `child[via]` names its parent, or parents.
// `channel`, which SwampDragon's servers do not say, is where this relation is told.
//
// Three rules:
//
// 1. A message is about one row. It is laid over that row wherever it stands.
// 2. If the message names the row's parents (it has `via`), the row then stands in those and in no others. If it does
//    not, the row stays where it is.
//    Where rows of one type stand in several relations, `deleted` is about the relation of its channel alone.
// 3. Where a relation comes as ids, they say which of the rows that are there stay; the rows themselves stay whole.
//
// With a memory (memory.js), channels may be heard in any order: a row that has no place is kept until it has one.

import { flatten, forget, idsOf, isTold, isWanted, keepLoose, linksAbove, noteChannel, noteHolders, withoutHolders } from './memory.js';
import { copy, isRow, keyOf, sameRow } from './row.js';

/**
 * Makes a change in the datasource, in place. `add`: whether a row that is nowhere yet is added. `memory`: what is known
 * beside the datasource; without one, a row without a place is passed over.
 */
export function applyChange(source, { action, data: told, channel }, links, { add = true, memory } = {}) {
  if (!['created', 'updated', 'deleted'].includes(action)) return source;
  const data = memory ? withoutHolders(told, links) : told;
  const before = memory ? rowsIn(everything(source, memory)) : [];
  const relations = memory && channel !== undefined ? relationsOf(links, data, channel) : null;
  if (relations) noteChannel(memory, data, channel, action !== 'deleted');
  let gone;
  if (action === 'deleted') {
    if (memory) noteHolders(memory, data, links, before);
    if (!relations || !leaves(source, data, relations, memory)) {
      remove(source, data, memory);
      if (memory) forget(memory, data, links);
      gone = keyOf(data);
    }
  } else put(source, data, links, { whole: action === 'created', add, memory });
  if (memory) keepLoose(memory, before, rowsIn(source), links, gone);
  return source;
}

// The relations that a channel tells, where rows of this type are told on several channels; null where they are not. At
// the top there is none.
function relationsOf(links, data, channel) {
  const above = linksAbove(links, data._type);
  if (above.some((link) => link.channel === undefined)) return null;
  const own = above.filter((link) => link.channel === channel);
  return above.length > own.length ? own : null;
}

// Takes a row out of these relations, or from the top. Answers whether it is there still, in others.
function leaves(source, data, relations, memory) {
  const parents = rowsIn(everything(source, memory));
  for (const link of relations) {
    for (const parent of parents) if (String(parent._type) === String(link.parent_type)) takeOut(parent, link.prop_name, data);
  }
  if (relations.length === 0 && Array.isArray(source)) splice(source, data);
  const left = rowsIn(everything(source, memory)).filter((row) => sameRow(row, data));
  const isAtTop = [source].flat().some((row) => isRow(row) && sameRow(row, data));
  if (!isTold(memory, data) && !isAtTop) return false;
  // What it says of parents in these relations holds no more.
  for (const row of left) for (const { via } of relations) if (Object.hasOwn(row, via)) row[via] = null;
  return true;
}

// The datasource, and what has no place in it.
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
  const spare = []; // What was taken out of a place, and may go into another.
  // From here the row is made only when there is a place for it. The one taken out comes first: it is the page's own.
  const fresh = () => (memory ? lay({ id: data.id, _type: data._type }, data, links, { find }) : copy(data));
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
    // A row of a tree of its own kind stands at the top when it has no parent.
    if (isRoot && Array.isArray(source) && ids.length > 0) spare.push(...splice(source, data));
  }
  // Where the row does not name its parents, they have named it.
  const named = memory ? above.filter(({ via }) => !Object.hasOwn(known[0] ?? data, via)) : [];
  for (const link of named) {
    for (const parent of rows.filter((row) => String(row._type) === String(link.parent_type))) {
      if (isWanted(memory, parent, link, data) && !holds(parent[link.prop_name], data)) wanting.push([parent, link]);
    }
  }
  for (const [parent, link] of wanting) if (mayPlace) attach(parent, link, another());

  if (!isRoot) {
    if (memory && known.length === 0 && wanting.length === 0 && add) memory.loose.set(keyOf(data), fresh());
    return;
  }
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
    // What begins with $$ is the page's: AngularJS knows a row by it. Another relation's word is its own channel's.
    const told = linksAbove(links, row._type).map(({ via }) => via);
    for (const key of Object.keys(row)) {
      if (!Object.hasOwn(data, key) && !key.startsWith('$$') && !told.includes(key)) delete row[key];
    }
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

function contains(row, other) {
  return holdersIn(row).includes(other);
}

/** Every row of the datasource, at any depth, each object once. */
export function rowsIn(source) {
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

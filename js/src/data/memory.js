// What is known of rows beside the datasource. Each relation has a channel of its own, and nothing orders one channel
// against another: a child may be told before its parent, lose one parent before it is given the next, or be named by a
// parent's ids before it is told itself. So three things are remembered:
//
//   loose   rows that were told and stand nowhere, whole, until there is a place for them or they are `deleted`
//   wanted  which ids a parent's relation has, as the parent was told last
//   told    on which channels a row is told, and on which it is told no more, where its type has several
//
// The server tells every row of a channel on that channel: when it enters, and when it leaves. With a memory that is the
// only word taken on which rows there are; what nests in a pushed parent only names them. It was read at another moment
// than its channel was, and a row that has gone in between is told to nobody as gone.

import { isRow, keyOf } from './row.js';

export function createMemory() {
  return { loose: new Map(), wanted: new Map(), told: new Map() };
}

/**
 * What was loaded has been told, each row on the channels of the relations in which it stands. `isKnown`: rows that were
 * not loaded now.
 */
export function begin(memory, rows, links, isKnown = () => false) {
  for (const parent of rows) {
    for (const link of linksBelow(links, parent._type)) {
      if (link.channel === undefined) continue;
      for (const child of [parent[link.prop_name]].flat()) {
        if (isRow(child) && !isKnown(child)) noteChannel(memory, child, link.channel, true);
      }
    }
  }
}

/** Notes that a channel tells of a row, or does no more. */
export function noteChannel(memory, data, channel, isTold) {
  const key = keyOf(data);
  if (!memory.told.has(key)) memory.told.set(key, new Map());
  memory.told.get(key).set(channel, isTold);
}

/** Whether some channel is known to tell of a row. */
export function isTold(memory, data) {
  return [...(memory.told.get(keyOf(data))?.values() ?? [])].includes(true);
}

/** Whether a row has left a relation, whatever its parents were told with. */
export function hasLeft(memory, row, link) {
  return memory.told.get(keyOf(row))?.get(link.channel) === false;
}

/** The relation of one parent, as a key of `wanted`. */
export function placeOf(parent, { prop_name: prop }) {
  return `${keyOf(parent)} ${prop}`;
}

/**
 * A told row without the list of the rows that hold it, by which SwampDragon's own mapper finds them. It was read at
 * another moment than they were, and is left out where it is long. Whom a row stands in is the word of each of those, and
 * that it stands there at all is its channel's. A single key is a column of the row itself, and is taken.
 */
export function withoutHolders(data, links) {
  const rest = { ...data };
  for (const { via } of linksAbove(links, data._type)) if (Array.isArray(rest[via])) delete rest[via];
  return rest;
}

/** The links that lead down from rows of this type. */
export function linksBelow(links, type) {
  return links.filter(({ parent_type }) => String(parent_type) === String(type));
}

/** The links that lead up from rows of this type. */
export function linksAbove(links, type) {
  return links.filter(({ child_type }) => String(child_type) === String(type));
}

/** What names parents, or children: an id, a row, nothing, or several of them. */
export function idsOf(value) {
  return [value]
    .flat()
    .map((one) => (isRow(one) ? one.id : one))
    .filter((id) => id !== null && id !== undefined)
    .map(String);
}

/**
 * A told row with ids in place of the rows within it, and remembers them. A row that names its parents itself is where it
 * says; for all others it is the parent's word.
 */
export function flatten(data, links, memory, rows) {
  const flat = { ...data };
  for (const link of linksBelow(links, data._type)) {
    if (!Object.hasOwn(data, link.prop_name)) continue;
    const named = [data[link.prop_name]].flat().map((one) => (isRow(one) ? one.id : one));
    const ids = new Map(named.filter((id) => id !== null && id !== undefined).map((id) => [String(id), id]));
    memory.wanted.set(placeOf(data, link), [...ids.keys()]);
    const isKnown = new Set();
    for (const row of rows) {
      if (String(row._type) !== String(link.child_type)) continue;
      isKnown.add(String(row.id));
      if (hasLeft(memory, row, link)) ids.delete(String(row.id));
      if (!Object.hasOwn(row, link.via)) continue;
      if (idsOf(row[link.via]).includes(String(data.id))) ids.set(String(row.id), row.id);
      else ids.delete(String(row.id));
    }
    const present = [...ids].filter(([text]) => isKnown.has(text)).map(([, id]) => id);
    flat[link.prop_name] = link.is_collection ? present : (present.at(-1) ?? null);
  }
  return flat;
}

/** Notes what a parent holds before a row is taken out of it, should that row come back without the parent being told. */
export function noteHolders(memory, data, links, rows) {
  for (const link of linksAbove(links, data._type)) {
    for (const parent of rows.filter((row) => String(row._type) === String(link.parent_type))) {
      const place = placeOf(parent, link);
      const ids = idsOf(parent[link.prop_name]);
      if (!memory.wanted.has(place) && ids.includes(String(data.id))) memory.wanted.set(place, ids);
    }
  }
}

/** Whether a parent was told with this child, which does not name its parents itself. */
export function isWanted(memory, parent, link, child) {
  return !hasLeft(memory, child, link) && (memory.wanted.get(placeOf(parent, link))?.includes(String(child.id)) ?? false);
}

/** A row that is gone holds nothing, and waits for nothing. */
export function forget(memory, data, links) {
  memory.loose.delete(keyOf(data));
  memory.told.delete(keyOf(data));
  for (const link of linksBelow(links, data._type)) memory.wanted.delete(placeOf(data, link));
}

/**
 * After a change: what stood somewhere `before` and stands nowhere now is kept, unless it is what was deleted; what has
 * found its place is not loose any more.
 */
export function keepLoose(memory, before, placed, links, deleted) {
  const keys = new Set(placed.map(keyOf));
  const kinds = new Set(links.map(({ child_type }) => String(child_type)));
  for (const row of before) {
    const key = keyOf(row);
    if (kinds.has(String(row._type)) && !keys.has(key) && key !== deleted) memory.loose.set(key, row);
  }
  for (const key of keys) memory.loose.delete(key);
}

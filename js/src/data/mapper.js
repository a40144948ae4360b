// Lays published messages over data that the page holds: the array or object stays the same, its contents change.

import { begin, createMemory, linksAbove } from './memory.js';
import { copy, isRow, merge, sameRow } from './row.js';
import { applyChange, rowsIn } from './tree.js';

// Which row an object was that a deletion has emptied: should that row come back, it is filled again, but by no other.
const former = new WeakMap();

// What is known beside a datasource, where the server tells of related rows on channels of their own.
const memories = new WeakMap();

/** See mapper.d.ts. */
export class DataMapper {
  constructor(map = []) {
    this.map = map;
  }

  mapData(datasource, message) {
    const { action, data } = message;
    if (typeof datasource !== 'object' || datasource === null) return datasource; // Not loaded yet.
    // A position is borne by what the server itself tells of rows, and it tells every row of a channel.
    const links = linksOf(this);
    if (message.position !== undefined && links.length > 0 && isRow(data)) return mapTold(this, datasource, message, links);
    if (action === 'created') return this.mapCreated(datasource, data);
    if (action === 'updated') return this.mapUpdated(datasource, data);
    if (action === 'deleted') return this.mapDelete(datasource, data);
    return datasource;
  }

  mapCreated(datasource, data) {
    if (isVacant(datasource, data, linksOf(this))) return merge(datasource, copy(data));
    return applyChange(datasource, { action: 'created', data }, linksOf(this));
  }

  mapUpdated(datasource, data) {
    return applyChange(datasource, { action: 'updated', data }, linksOf(this));
  }

  mapDelete(datasource, data) {
    const { id, _type } = datasource;
    applyChange(datasource, { action: 'deleted', data }, linksOf(this));
    if (id !== undefined && datasource.id === undefined) former.set(datasource, { id, _type });
    return datasource;
  }
}

function mapTold(mapper, datasource, { action, data, channel }, links) {
  if (action === 'created' && isVacant(datasource, data, links)) merge(datasource, { id: data.id, _type: data._type });
  const { id, _type } = datasource;
  const memory = memoryOf(mapper, datasource, links);
  // Whoever tells positions tells a row whole when it comes: half a row is never shown.
  const add = action === 'created';
  applyChange(datasource, { action, data, channel }, links, { add, memory });
  if (id !== undefined && datasource.id === undefined) former.set(datasource, { id, _type });
  memory.shown = new Set(loadedIn(datasource));
  return datasource;
}

// A datasource that the page has filled anew is one that nothing is known about yet. What it has put in beside rows that
// were there is taken as it stands.
function memoryOf(mapper, datasource, links) {
  const known = memories.get(mapper) ?? new WeakMap();
  memories.set(mapper, known);
  const memory = known.get(datasource);
  const rows = loadedIn(datasource);
  const isKnown = (row) => memory.shown.has(row);
  const isSame = memory && (memory.shown.size === 0 ? rows.length === 0 : rows.some(isKnown));
  const kept = isSame ? memory : createMemory();
  known.set(datasource, kept);
  begin(kept, rowsIn(datasource), links, isSame ? isKnown : undefined);
  return kept;
}

// Every row that a load brings. An object that the page fills stays the same, whatever is loaded into it.
function loadedIn(datasource) {
  return rowsIn(datasource).filter((row) => row !== datasource);
}

// Functions, not private members: frameworks wrap a page's objects in proxies, which have none.

// A subscription without related models answers `[]`; SwampDragon's pages also pass nothing, or what is no map.
function linksOf({ map }) {
  return Array.isArray(map) ? map : [];
}

// An empty object waits for its row.
function isVacant(datasource, data, links) {
  if (Array.isArray(datasource) || Object.keys(datasource).some((key) => !key.startsWith('$'))) return false;
  const was = former.get(datasource);
  return was ? sameRow(was, data) : !links.some((link) => link.child_type === data._type);
}

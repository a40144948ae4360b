// Lays published messages over data that the page holds: the array or object stays the same, its contents change.

import { copy, merge, sameRow } from './row.js';
import { applyChange } from './tree.js';

// Which row an object was that a deletion has emptied: should that row come back, it is filled again, but by no other.
const former = new WeakMap();

/** See mapper.d.ts. */
export class DataMapper {
  constructor(map = []) {
    this.map = map;
  }

  mapData(datasource, message) {
    const { action, data } = message;
    if (typeof datasource !== 'object' || datasource === null) return datasource; // Not loaded yet.
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

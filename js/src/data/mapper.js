// Lays published messages over data that the page holds: the array or object stays the same, its contents change.
// Flat rows; nested objects come with related models.

import { merge, sameRow } from './rows.js';

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
    if (!Array.isArray(datasource)) {
      if (sameRow(datasource, data)) replace(datasource, data);
      return datasource;
    }
    const at = datasource.findIndex((row) => sameRow(row, data));
    const row = merge({}, data);
    if (at >= 0) datasource[at] = row;
    else datasource.push(row);
    return datasource;
  }

  mapUpdated(datasource, data) {
    if (!Array.isArray(datasource)) {
      if (sameRow(datasource, data)) merge(datasource, data);
      return datasource;
    }
    const row = datasource.find((known) => sameRow(known, data));
    if (row) merge(row, data);
    else datasource.push(merge({}, data));
    return datasource;
  }

  mapDelete(datasource, data) {
    if (!Array.isArray(datasource)) {
      if (sameRow(datasource, data)) replace(datasource, {});
      return datasource;
    }
    // From the end, so that every double goes, should the page have made one.
    for (let i = datasource.length - 1; i >= 0; i -= 1) {
      if (sameRow(datasource[i], data)) datasource.splice(i, 1);
    }
    return datasource;
  }
}

function replace(target, data) {
  for (const key of Object.keys(target)) delete target[key];
  merge(target, data);
}

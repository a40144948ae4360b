/** A published message: a `Push` of the client, or what SwampDragon's pages are handed. */
export interface Change {
  action?: string;
  data?: any;
  [key: string]: unknown;
}

/** How two related models hang together: `parent[prop_name]` holds the child, and `child[via]` names its parent. */
export interface ObjectLink {
  parent_type: string;
  child_type: string;
  /** The field of the child that names its parent: by id, or by a list of ids. */
  via: string;
  /** The property of the parent that holds the child. */
  prop_name: string;
  /** Whether that property is an array; otherwise it is the one child, or null. */
  is_collection: boolean;
  /** Where this relation is told, if the server says so. */
  channel?: string;
}

/** The `data` of a subscribe's reply. */
export type ObjectMap = readonly ObjectLink[];

/**
 * Lays published messages over data that the page holds: the array (or single object) stays the same, its contents
 * change. For pages that keep their data themselves; a `liveList` needs none.
 *
 * ```js
 * const { data: map } = await client.subscribe('company', 'companies', { id: 1 });
 * const mapper = new DataMapper(map);
 * const companies = await client.getList('company', { id: 1 });
 * client.onChannelMessage((channels, message) => {
 *   if (channels.includes('companies')) render(mapper.mapData(companies, message));
 * });
 * ```
 *
 * Rows are found by `id`, compared as text, and `_type`, at any depth, and in each place where they stand. A row whose
 * message names its parents (`via`) then stands in those and in no others. Where a relation comes as ids, they say which
 * of the rows that are there stay, and those stay whole.
 *
 * Pushes of the server (they bear a `position`) may come in any order among the channels of related models: a row that
 * has no place yet is remembered until it has one, so hand over every push, and to the same array for as long as it is
 * not loaded anew. Which related rows there are is then said by their own channels alone, and which hold them by a
 * single key that they bear, or by those rows: a list of keys is there for SwampDragon's own mapper, and is not taken.
 * What is loaded anew in place, `Object.assign(company, fresh)`, is taken as it comes.
 */
export class DataMapper {
  /** @param map The `data` of the subscribe reply: how related models hang together. */
  constructor(map?: ObjectMap);
  /** Does what the message's action says; a message without one changes nothing. */
  mapData<Source>(datasource: Source, message: Change): Source;
  /** Adds a row, to its parents or to the array; if it is known, replaces its contents. */
  mapCreated<Source>(datasource: Source, data: unknown): Source;
  /** Copies the keys onto the row, and moves it if it names other parents; if there is none, adds one. */
  mapUpdated<Source>(datasource: Source, data: unknown): Source;
  /** Removes the row from where it stands: from arrays, and from properties, which become null. A single object is emptied. */
  mapDelete<Source>(datasource: Source, data: unknown): Source;
}

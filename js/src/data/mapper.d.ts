/** A published message: a `Push` of the client, or what SwampDragon's pages are handed. */
export interface Change {
  action?: string;
  data?: any;
  [key: string]: unknown;
}

/**
 * Lays published messages over data that the page holds: the array (or single object) stays the same, its contents
 * change. For pages that keep their data themselves; a `liveList` needs none.
 *
 * ```js
 * const mapper = new DataMapper();
 * const items = await client.getList('todo-item', { todo_list_id: 1 });
 * client.onChannelMessage((channels, message) => {
 *   if (channels.includes('todos')) render(mapper.mapData(items, message));
 * });
 * ```
 *
 * Rows are found by `id`, compared as text, and `_type`.
 */
export class DataMapper {
  /** @param map The `data` of the subscribe reply: how related models hang together. */
  constructor(map?: unknown[]);
  /** Does what the message's action says; a message without one changes nothing. */
  mapData<Source>(datasource: Source, message: Change): Source;
  /** Adds a row; if it is known, replaces it. */
  mapCreated<Source>(datasource: Source, data: unknown): Source;
  /** Copies the keys onto the row; if there is none, adds one. */
  mapUpdated<Source>(datasource: Source, data: unknown): Source;
  /** Removes the row; a single object is emptied. */
  mapDelete<Source>(datasource: Source, data: unknown): Source;
}

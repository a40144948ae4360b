// dragon-client: the browser's side of Dragon. What everything means is documented in index.d.ts and the files that it
// names; README.md has a complete example.

export { backoff } from './src/backoff.js';
export { connect } from './src/client.js';
export { liveList } from './src/data/live-list.js';
export { DataMapper } from './src/data/mapper.js';
export { compareText, compareValues, orderBy } from './src/data/order.js';
export { createStore } from './src/data/store.js';
export { DragonError } from './src/error.js';

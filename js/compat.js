// dragon-client/compat: SwampDragon's browser interface over Dragon's client. See compat.d.ts.

export { angularModule } from './src/compat/angular.js';
export { install } from './src/compat/install.js';
export { createSwampDragon } from './src/compat/swampdragon.js';
export { DataMapper } from './src/data/mapper.js';

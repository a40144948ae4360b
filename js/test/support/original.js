// SwampDragon's own scripts, loaded from its archive into a page of their own (a vm context).

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';
import { swampdragonFolder } from '../../scripts/swampdragon.js';

const folder = await swampdragonFolder();
const read = (name) => readFileSync(join(folder, name), 'utf8');

/** Runs in a realm of its own; data goes in and out as JSON, so that arrays are arrays on both sides. */
function page(globals) {
  const context = vm.createContext(globals);
  context.window = context;
  return context;
}

/**
 * SwampDragon's DataMapper: `apply(method, map, datasource, data)` gives the datasource as it is afterwards, and `keep`
 * one that is told messages.
 */
export function originalMapper() {
  const context = page({});
  vm.runInContext(read('dist/datamapper.js'), context);
  const code = '(text) => { var q = JSON.parse(text), out; out = new DataMapper(q.map)[q.method](q.source, q.data); return JSON.stringify({source: q.source, out: out}); }';
  const run = vm.runInContext(code, context);
  const keep = vm.runInContext(
    '(text) => { var q = JSON.parse(text), mapper = new DataMapper(q.map); return { say: (message) => { mapper.mapData(q.source, JSON.parse(message)); }, get: () => JSON.stringify(q.source) }; }',
    context,
  );
  return {
    apply: (method, map, source, data) => JSON.parse(run(JSON.stringify({ map, method, source, data }))).source,
    // A datasource that stays what it is from one message to the next, as a page's does.
    keep(map, source) {
      const kept = keep(JSON.stringify({ map, source }));
      return { say: (message) => kept.say(JSON.stringify(message)), get: () => JSON.parse(kept.get()) };
    },
  };
}

/**
 * SwampDragon's `swampdragon` over a class like SockJS, from its sources: `dist/swampdragon.js` is the same with SockJS
 * in it, and would not let another be put in its place.
 */
export function originalSwampDragon({ SockJS, timers, host, endpoint }) {
  const context = page({ SockJS, ...timers, swampdragon_host: host, swampdragon_settings: { endpoint }, console });
  const loaded = new Map();
  function load(name) {
    if (name === 'sockjs') return undefined; // It is the page's.
    const file = `src/${name.replace('./', '')}.js`;
    if (!loaded.has(file)) {
      const module = { exports: {} };
      loaded.set(file, module);
      vm.runInContext(`(function (require, module) {${read(file)}\n})`, context)(load, module);
    }
    return loaded.get(file).exports;
  }
  return load('swampdragon');
}

/** SwampDragon's AngularJS service over a `swampdragon`, made as AngularJS would. */
export function originalService(swampdragon, $q) {
  let factory;
  const angular = { module: () => ({ factory: (_, parts) => (factory = parts.at(-1)) }) };
  vm.runInContext(read('angular/services.js'), page({ angular, swampdragon }));
  return factory($q, null);
}

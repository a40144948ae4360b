import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import vm from 'node:vm';
import { gzipSync } from 'node:zlib';
import * as dragon from '../index.js';
import { bundle, BUNDLES } from '../scripts/bundle.js';

const read = (name) => readFileSync(new URL(`../../dragon-core/assets/${name}`, import.meta.url), 'utf8');
const committed = read('dragon.js');

test('the committed bundles are in step with their source', async () => {
  for (const name of Object.keys(BUNDLES)) {
    assert.ok(read(name) === (await bundle(name)), `dragon-core/assets/${name} is old: run \`npm run build\` in js/ and commit it.`);
  }
});

test('it sets one global, with every export', () => {
  const context = vm.createContext({});
  const before = Object.keys(context);
  vm.runInContext(committed, context);
  assert.deepEqual(Object.keys(context).filter((key) => !before.includes(key)), ['dragon']);
  assert.deepEqual(Object.keys(context.dragon).sort(), Object.keys(dragon).sort());
});

test('it does nothing until it is asked to', () => {
  // A context without a single global of a browser: whatever it touched at load would throw.
  assert.doesNotThrow(() => vm.runInContext(committed, vm.createContext({})));
});

test("the one for SwampDragon's pages sets their globals and connects", () => {
  const opened = [];
  class WebSocket {
    constructor(url) {
      opened.push(url);
    }
    close() {}
  }
  const page = vm.createContext({ WebSocket, URL, setTimeout, clearTimeout, swampdragon_host: 'http://test:9999' });
  const before = Object.keys(page);
  vm.runInContext(read('dragon-compat.js'), page);
  assert.deepEqual(Object.keys(page).filter((key) => !before.includes(key)).sort(), ['DataMapper', 'indexOf', 'swampdragon']);
  assert.deepEqual(opened, ['ws://test:9999/ws']);
  page.swampdragon.client.close();
});

test('they stay small', async () => {
  // Budgets, in bytes. Raise one only with a reason in the commit that does.
  for (const [name, served, small] of [
    ['dragon.js', 13_900, 10_200],
    ['dragon-compat.js', 13_400, 9_800],
  ]) {
    const readable = gzipSync(read(name)).length;
    const minified = gzipSync(await bundle(name, { minify: true })).length;
    assert.ok(readable <= served, `${name}: ${readable} bytes as served`);
    assert.ok(minified <= small, `${name}: ${minified} bytes minified`);
  }
});

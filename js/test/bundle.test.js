import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import vm from 'node:vm';
import { gzipSync } from 'node:zlib';
import * as dragon from '../index.js';
import { bundle } from '../scripts/bundle.js';

const committed = readFileSync(new URL('../../dragon-core/assets/dragon.js', import.meta.url), 'utf8');

test('the committed bundle is in step with its source', async () => {
  assert.ok(committed === (await bundle()), 'dragon-core/assets/dragon.js is old: run `npm run build` in js/ and commit it.');
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

test('it stays small', async () => {
  // Budgets, in bytes. Raise one only with a reason in the commit that does.
  const readable = gzipSync(committed).length;
  const minified = gzipSync(await bundle({ minify: true })).length;
  assert.ok(readable <= 11_000, `${readable} bytes as served`);
  assert.ok(minified <= 8_000, `${minified} bytes minified`);
});

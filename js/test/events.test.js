import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emitter } from '../src/events.js';

test('listeners get what is emitted until they stop', () => {
  const events = emitter();
  const seen = [];
  const stop = events.on((...args) => seen.push(args));
  events.emit(1, 2);
  stop();
  stop();
  events.emit(3);
  assert.deepEqual(seen, [[1, 2]]);
});

test('a listener that is stopped during an event does not get it', () => {
  const events = emitter();
  const seen = [];
  events.on(() => stop());
  const stop = events.on(() => seen.push('late'));
  events.emit();
  assert.deepEqual(seen, []);
});

test('the same function may listen twice', () => {
  const events = emitter();
  let calls = 0;
  const fn = () => (calls += 1);
  const stop = events.on(fn);
  events.on(fn);
  events.emit();
  stop();
  events.emit();
  assert.equal(calls, 3);
});

test('a listener that throws starves nobody, and its error is not swallowed', async (t) => {
  const uncaught = [];
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => uncaught.push(error.message));
  t.after(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
  });
  const events = emitter();
  const seen = [];
  events.on(() => {
    throw new Error('mine');
  });
  events.on(() => seen.push('ok'));
  events.emit();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(seen, ['ok']);
  assert.deepEqual(uncaught, ['mine']);
});

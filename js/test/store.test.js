import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStore } from '../index.js';
import { Clock } from './support/fake.js';

test('a listener is told the value at once and at each change', () => {
  const store = createStore(1);
  const seen = [];
  const stop = store.subscribe((value) => seen.push(value));
  store.set(2);
  store.set(2);
  stop();
  stop();
  store.set(3);
  assert.deepEqual(seen, [1, 2]);
  assert.equal(store.get(), 3);
});

test('a listener that sets the store again: everyone ends with the newest, no one is told it twice', () => {
  const store = createStore(0);
  const [first, second] = [[], []];
  store.subscribe((value) => {
    first.push(value);
    if (value === 1) store.set(2);
  });
  store.subscribe((value) => second.push(value));
  store.set(1);
  assert.deepEqual(first, [0, 1, 2]);
  assert.deepEqual(second, [0, 2]);
});

test('work starts with the first listener and stops a while after the last', async () => {
  const clock = new Clock();
  const log = [];
  const start = () => {
    log.push('start');
    return () => log.push('stop');
  };
  const store = createStore(0, { start, linger: 1_000, timers: clock.timers });
  assert.deepEqual(log, []);
  const one = store.subscribe(() => {});
  const two = store.subscribe(() => {});
  one();
  await clock.advance(5_000);
  assert.deepEqual(log, ['start']);
  two();
  await clock.advance(999);
  const three = store.subscribe(() => {});
  await clock.advance(5_000);
  assert.deepEqual(log, ['start'], 'whoever comes back in time finds it running');
  three();
  await clock.advance(1_000);
  assert.deepEqual(log, ['start', 'stop']);
  store.subscribe(() => {});
  assert.deepEqual(log, ['start', 'stop', 'start']);
});

test('what start sets is told once', () => {
  const store = createStore(0, { start: () => store.set(1) });
  const seen = [];
  store.subscribe((value) => seen.push(value));
  assert.deepEqual(seen, [1]);
});

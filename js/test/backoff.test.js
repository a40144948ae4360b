import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff } from '../index.js';
import { randomFrom } from './support/fake.js';

const top = () => 1;

test('the ceiling doubles with each attempt, up to ten seconds', () => {
  const ceilings = [0, 1, 2, 3, 4, 5, 6, 100].map((attempt) => backoff({ attempt, code: 1006, random: top }));
  assert.deepEqual(ceilings, [250, 500, 1000, 2000, 4000, 8000, 10000, 10000]);
});

test('the wait is anything between nothing and the ceiling', () => {
  const random = randomFrom(1);
  const waits = Array.from({ length: 2000 }, () => backoff({ attempt: 3, code: 1006, random: random.next }));
  assert.ok(waits.every((ms) => ms >= 0 && ms < 2000));
  assert.ok(Math.min(...waits) < 20 && Math.max(...waits) > 1980, 'full jitter reaches both ends');
});

test('a server that goes away spreads its clients', () => {
  assert.equal(backoff({ attempt: 0, code: 3012, random: top }), 2000);
  assert.equal(backoff({ attempt: 0, code: 4008, random: top }), 5000);
  assert.equal(backoff({ attempt: 5, code: 3012, random: top }), 8000, 'and never shortens a wait');
});

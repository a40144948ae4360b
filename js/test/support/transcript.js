// Golden transcripts: finding them, and the one rule for comparing with them. The format is told in
// tests/transcripts/README.md.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../../tests/transcripts/', import.meta.url);

export const transcripts = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')));

/** The names of a transcript and what they stand for. */
export class Names {
  #values = new Map();

  /** `value` with its names replaced; `invent(name)` gives what stands for one that has no value yet. */
  fill(value, invent) {
    if (typeof value === 'string' && /^\$(position|id):/.test(value)) {
      if (!this.#values.has(value)) {
        assert.ok(invent, `${value} has no value yet`);
        this.#values.set(value, invent(value));
      }
      return this.#values.get(value);
    }
    if (value === '$any') return invent ? invent(value) : value;
    if (Array.isArray(value)) return value.map((one) => this.fill(one, invent));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.fill(one, invent)]));
  }

  /** Says how `actual` differs from `expected`, by throwing; names that are new take their value from it. */
  compare(actual, expected, path = '$') {
    if (expected === '$any') return;
    if (typeof expected === 'string' && /^\$(position|id):/.test(expected)) {
      const kinds = expected.startsWith('$id:') ? ['number', 'string'] : ['string'];
      assert.ok(kinds.includes(typeof actual) && actual !== '', `${path}: ${JSON.stringify(actual)} cannot be ${expected}`);
      if (!this.#values.has(expected)) this.#values.set(expected, actual);
      assert.equal(actual, this.#values.get(expected), `${path} is ${expected}`);
    } else if (typeof expected === 'object' && expected !== null) {
      assert.equal(Array.isArray(actual), Array.isArray(expected), `${path}: ${JSON.stringify(actual)}`);
      assert.deepEqual(Object.keys(actual ?? {}).sort(), Object.keys(expected).sort(), `the keys of ${path}`);
      for (const key of Object.keys(expected)) this.compare(actual[key], expected[key], `${path}.${key}`);
    } else {
      assert.equal(actual, expected, path);
    }
  }
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareText, compareValues, orderBy } from '../index.js';
import { randomFrom } from './support/fake.js';

const sorted = (rows, order) => rows.slice().sort(orderBy(order)).map((row) => row.id);

test('without an order, by the primary key', () => {
  assert.deepEqual(sorted([{ id: 10 }, { id: 9 }, { id: 1 }]), [1, 9, 10]);
  assert.deepEqual(sorted([{ id: 'b' }, { id: 'a' }]), ['a', 'b']);
});

test('ascending, descending, several keys, and the primary key in the end', () => {
  const rows = [
    { id: 1, done: true, text: 'b' },
    { id: 2, done: false, text: 'b' },
    { id: 4, done: false, text: 'a' },
    { id: 3, done: false, text: 'a' },
  ];
  assert.deepEqual(sorted(rows, 'text'), [3, 4, 1, 2]);
  assert.deepEqual(sorted(rows, '-text'), [1, 2, 3, 4], 'the primary key ascends all the same');
  assert.deepEqual(sorted(rows, ['done', '-text']), [2, 3, 4, 1]);
});

test('null comes first ascending and last descending', () => {
  const rows = [{ id: 1, n: 0 }, { id: 2, n: null }, { id: 3, n: -5 }, { id: 4, n: null }, { id: 5 }];
  assert.deepEqual(sorted(rows, 'n'), [2, 4, 5, 3, 1]);
  assert.deepEqual(sorted(rows, '-n'), [1, 3, 2, 4, 5]);
});

test('text goes by code point, not by UTF-16 unit and not by locale', () => {
  const texts = ['Z', 'a', 'é', '\ud7ff', '\ue000', '\uff01', '\u{10000}', '\u{1f600}', '\u{10ffff}'];
  assert.deepEqual(texts.slice().reverse().sort(compareText), texts);
  assert.ok('\uff01' > '\u{1f600}', 'while the language itself says the opposite');
  assert.equal(compareText('', 'a') < 0, true);
  assert.equal(compareText('ab', 'a') > 0, true);
});

test('a comparison of your own, still ending in the primary key', () => {
  const byPrice = (a, b) => Number(a.price) - Number(b.price);
  assert.deepEqual(sorted([{ id: 2, price: '10.5' }, { id: 3, price: '9.5' }, { id: 1, price: '10.50' }], byPrice), [3, 1, 2]);
});

test('kinds that are mixed still have one order', () => {
  const values = [null, false, true, -1, 2, '', 'a', [1], { a: 1 }];
  for (const a of values) {
    assert.equal(compareValues(a, structuredClone(a)), 0);
    for (const b of values) assert.ok(Math.sign(compareValues(a, b)) === -Math.sign(compareValues(b, a)));
  }
});

test('for any texts: the order of their UTF-8 bytes', () => {
  const random = randomFrom(2015);
  const points = [0x20, 0x41, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x1f600, 0x10ffff];
  const text = () => Array.from({ length: random.below(5) }, () => String.fromCodePoint(random.pick(points))).join('');
  for (let i = 0; i < 20_000; i += 1) {
    const [a, b] = [text(), text()];
    const want = Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.equal(Math.sign(compareText(a, b)), want, JSON.stringify([a, b]));
  }
});

test('for any rows: a total order that does not depend on where they stood', () => {
  const random = randomFrom(7);
  for (let round = 0; round < 300; round += 1) {
    const rows = Array.from({ length: 1 + random.below(12) }, (_, id) => ({
      id,
      a: random.pick([null, 0, 1, 2]),
      b: random.pick([null, '', 'x', '\u{1f600}', '\uff01']),
    }));
    const order = random.pick(['a', '-a', ['a', '-b'], ['-b', 'a'], []]);
    const shuffled = rows.slice().sort(() => random.next() - 0.5);
    assert.deepEqual(sorted(shuffled, order), sorted(rows, order));
  }
});

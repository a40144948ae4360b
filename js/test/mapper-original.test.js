// Our mapper beside SwampDragon's own, on the same data: where SwampDragon's does what is meant, both end the same. Where
// it does not, the test says what it does and what ours does instead.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataMapper } from '../index.js';
import { randomFrom } from './support/fake.js';
import { originalMapper } from './support/original.js';

const original = originalMapper();

const PARENTS = [
  { parent_type: 'parent', child_type: 'child', via: 'parent_id', prop_name: 'children', is_collection: true },
  { parent_type: 'child', child_type: 'kitten', via: 'child_id', prop_name: 'kittens', is_collection: true },
];
const FOO = [{ parent_type: 'foo', child_type: 'bar', via: 'foo_id', prop_name: 'bar', is_collection: false }];
const STAFF = [{ parent_type: 'staff', child_type: 'document', via: 'staff_id', prop_name: 'documents', is_collection: true }];

const row = (_type, id, more = {}) => ({ id, _type, ...more });
const kitten = (id, child_id) => row('kitten', id, { name: `kitten ${id}`, child_id });
const child = (id, parent_id, kittens = []) => row('child', id, { name: `child ${id}`, parent_id, kittens });
const parent = (id, children = []) => row('parent', id, { name: `parent ${id}`, children });
const family = () => [
  parent(100, [child(1, 100, [kitten(31, 1), kitten(32, 1)]), child(2, 100)]),
  parent(101, [child(3, 101, [kitten(33, 3)]), child(4, 101)]),
  parent(102),
];
const documents = () => [1, 2, 3].map((id) => row('staff', id + 50, { documents: [4, 5].map((own) => row('document', own, { content: 'a', staff_id: [51, 52, 53] })) }));

/** Both, after one message. */
function both(method, map, source, data) {
  const ours = JSON.parse(JSON.stringify(source));
  new DataMapper(map)[method](ours, JSON.parse(JSON.stringify(data)));
  return { ours, theirs: original.apply(method, map, source, data) };
}

function same(method, map, source, data) {
  const { ours, theirs } = both(method, map, source, data);
  assert.deepEqual(ours, theirs, `${method} ${JSON.stringify(data)} on ${JSON.stringify(source)}`);
  return ours;
}

test('flat rows, and nested ones by hand', () => {
  for (const [method, map, source, data] of [
    ['mapCreated', [], [row('item', 1)], row('item', 2, { text: 'new' })],
    ['mapUpdated', [], [row('item', 1, { text: 'a', mine: 1 })], row('item', '1', { text: 'new' })],
    ['mapUpdated', [], [row('item', 1)], row('item', 2, { text: 'unknown' })],
    ['mapDelete', [], [row('item', 1), row('item', 2)], row('item', '1')],
    ['mapUpdated', null, [row('item', 1)], row('item', 1, { text: 'no map' })],
    ['mapCreated', PARENTS, [], parent(1)],
    ['mapCreated', PARENTS, family(), child(9, 102)],
    ['mapCreated', PARENTS, family(), child(9, '101', [kitten(40, 9)])],
    ['mapCreated', PARENTS, family(), kitten(40, 4)],
    ['mapCreated', PARENTS, family(), kitten(40, 77)],
    ['mapUpdated', PARENTS, family(), { ...kitten(33, 3), name: 'new' }],
    ['mapUpdated', PARENTS, family(), kitten(33, 1)],
    ['mapUpdated', PARENTS, family(), { id: 3, _type: 'child', parent_id: 100, name: 'moved' }],
    ['mapDelete', PARENTS, family(), kitten(31, 1)],
    ['mapDelete', PARENTS, family(), child(2, 100)],
    ['mapDelete', PARENTS, family(), parent(101)],
    ['mapCreated', FOO, row('foo', 1, { bar: null }), row('bar', 9, { foo_id: 1 })],
    ['mapCreated', FOO, [row('foo', 1, { bar: null })], row('bar', 9, { foo_id: 1 })],
    ['mapUpdated', FOO, [row('foo', 1, { bar: row('bar', 9, { foo_id: 1 }) })], row('bar', 9, { foo_id: 1, name: 'new' })],
    ['mapDelete', FOO, row('foo', 1, { bar: row('bar', 9, { foo_id: 1 }) }), row('bar', 9, { foo_id: 1 })],
    ['mapUpdated', STAFF, documents(), row('document', 4, { content: 'new', staff_id: [51, 52, 53] })],
    ['mapCreated', STAFF, documents(), row('document', 9, { content: 'new', staff_id: [51, 52] })],
    ['mapUpdated', STAFF, documents(), row('document', 9, { content: 'new', staff_id: [51, '53'] })],
    ['mapDelete', STAFF, documents(), row('document', 4)],
  ]) {
    same(method, map, source, data);
  }
});

test('any course of messages that name the parent', () => {
  for (let round = 0; round < 150; round += 1) {
    const random = randomFrom(500 + round);
    let held = family();
    let next = 200;
    const kinds = {
      parent: { make: (id) => parent(id), all: () => held },
      child: { make: (id) => child(id, random.pick([...held.map((each) => each.id), 77])), all: () => held.flatMap((each) => each.children) },
      kitten: {
        make: (id) => kitten(id, random.pick([...kinds.child.all().map((each) => each.id), 77])),
        all: () => kinds.child.all().flatMap((each) => each.kittens),
      },
    };
    for (let step = 0; step < 25; step += 1) {
      const kind = kinds[random.pick(Object.keys(kinds))];
      const known = random.pick([...kind.all(), null]);
      const choice = random.below(4);
      if (choice === 0 || !known) {
        next += 1;
        held = same('mapCreated', PARENTS, held, kind.make(next));
      } else if (choice === 1) {
        held = same('mapDelete', PARENTS, held, known);
      } else {
        const data = { ...kind.make(known.id), name: `n${random.below(9)}` };
        // What is nested it holds on its own account.
        delete data.children;
        delete data.kittens;
        if (known._type !== 'parent' && random.below(2)) Object.assign(data, known._type === 'child' ? { parent_id: String(known.parent_id) } : { child_id: known.child_id });
        held = same('mapUpdated', PARENTS, held, data);
      }
    }
  }
});

// Where SwampDragon's own loses or mixes up data. Each is a message as its server sends it.
for (const [what, method, map, source, data, theirs, ours] of [
  [
    'an update that does not name the parent puts the child last',
    'mapUpdated', PARENTS, [parent(1, [child(2, 1), child(3, 1)])], { id: 2, _type: 'child', name: 'new' },
    [parent(1, [child(3, 1), { ...child(2, 1), name: 'new' }])], [parent(1, [{ ...child(2, 1), name: 'new' }, child(3, 1)])],
  ],
  [
    'and loses it if the parent is not published',
    'mapUpdated', PARENTS, [parent(1, [row('child', 2)])], { id: 2, _type: 'child', name: 'new' },
    [parent(1)], [parent(1, [row('child', 2, { name: 'new' })])],
  ],
  [
    'relations that come as ids replace the nested rows',
    'mapUpdated', PARENTS, [parent(1, [child(2, 1)])], { id: 1, _type: 'parent', name: 'new', children: [2] },
    [{ ...parent(1), name: 'new', children: [2] }], [{ ...parent(1, [child(2, 1)]), name: 'new' }],
  ],
  [
    'a deletion takes rows of any type that have the same id',
    'mapDelete', PARENTS, [parent(1), row('child', 1)], { id: 1, _type: 'child' },
    [row('child', 1)], [parent(1)],
  ],
  [
    'a partial update of a one-to-one child leaves only what changed',
    'mapUpdated', FOO, [row('foo', 1, { bar: row('bar', 9, { foo_id: 1, name: 'b', size: 1 }) })], row('bar', 9, { foo_id: 1, size: 2 }),
    [row('foo', 1, { bar: row('bar', 9, { foo_id: 1, size: 2 }) })], [row('foo', 1, { bar: row('bar', 9, { foo_id: 1, name: 'b', size: 2 }) })],
  ],
  [
    'below a single object a child does not move away',
    'mapUpdated', PARENTS, parent(1, [child(2, 1)]), { ...child(2, 7) },
    parent(1, [child(2, 7)]), parent(1),
  ],
  [
    'a created row that is known is passed over, and the page keeps what is old',
    'mapCreated', PARENTS, [parent(1)], { ...parent(1), name: 'new' },
    [parent(1)], [{ ...parent(1), name: 'new' }],
  ],
  [
    'of two relations to one type only the first is kept',
    'mapCreated', [...PARENTS, { ...PARENTS[0], parent_type: 'aunt', via: 'aunt_id' }], [row('aunt', 5, { children: [] })], { ...child(2, 1), aunt_id: 5 },
    [row('aunt', 5, { children: [] })], [row('aunt', 5, { children: [{ ...child(2, 1), aunt_id: 5 }] })],
  ],
  [
    'a tree of one kind is not seen below its first level',
    'mapCreated', [{ ...PARENTS[0], parent_type: 'child', child_type: 'child', via: 'up' }], [row('child', 1, { children: [row('child', 2, { up: 1, children: [] })] })], row('child', 3, { up: 2 }),
    [row('child', 1, { children: [row('child', 2, { up: 1, children: [] })] })], [row('child', 1, { children: [row('child', 2, { up: 1, children: [row('child', 3, { up: 2 })] })] })],
  ],
  [
    'a single object is not filled when it was empty',
    'mapCreated', [], {}, row('item', 1), {}, row('item', 1),
  ],
  [
    'a single object that is deleted stays as it was',
    'mapDelete', [], row('item', 1), row('item', 1), row('item', 1), {},
  ],
]) {
  test(`better than the original: ${what}`, () => {
    assert.deepEqual(both(method, map, source, data), { ours, theirs });
  });
}

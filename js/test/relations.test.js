// The mapper where rows nest.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataMapper } from '../index.js';
import { randomFrom } from './support/fake.js';

const STAFF = { parent_type: 'company', child_type: 'staff', via: 'company', prop_name: 'staff_set', is_collection: true };
const OWNER = { parent_type: 'company', child_type: 'owner', via: 'company', prop_name: 'owner', is_collection: false };
const NOTE = { parent_type: 'staff', child_type: 'note', via: 'staff', prop_name: 'notes', is_collection: true };
const DOC = { parent_type: 'staff', child_type: 'doc', via: 'staff_ids', prop_name: 'docs', is_collection: true };
const REPLY = { parent_type: 'reply', child_type: 'reply', via: 'parent', prop_name: 'replies', is_collection: true };

const row = (_type, id, more = {}) => ({ id, _type, ...more });
const staff = (id, company, more = {}) => row('staff', id, { name: `s${id}`, company, notes: [], ...more });
const company = (id, more = {}) => row('company', id, { name: `c${id}`, staff_set: [], owner: null, ...more });
const ids = (rows) => rows.map(({ id }) => id);

const mapper = new DataMapper([STAFF, OWNER, NOTE]);
const world = () => [
  company(1, { staff_set: [staff(1, 1, { notes: [row('note', 1, { staff: 1, text: 'n' })] }), staff(2, 1)], owner: row('owner', 1, { company: 1, name: 'o' }) }),
  company(2, { staff_set: [staff(3, 2)] }),
];
const say = (rows, action, data) => assert.equal(mapper.mapData(rows, { action, data }), rows);

test('a created child is added to its parent, a deleted one taken from it, at any depth', () => {
  const rows = world();
  say(rows, 'created', staff(4, 2));
  assert.deepEqual(ids(rows[1].staff_set), [3, 4]);
  say(rows, 'created', row('note', 2, { staff: '4', text: 'deep' }));
  assert.deepEqual(rows[1].staff_set[1].notes, [row('note', 2, { staff: '4', text: 'deep' })]);
  say(rows, 'deleted', { id: '2', _type: 'note' });
  assert.deepEqual(rows[1].staff_set[1].notes, []);
  say(rows, 'deleted', { id: 3, _type: 'staff' });
  assert.deepEqual(ids(rows[1].staff_set), [4]);
  assert.equal(rows.length, 2, 'and no company of that number');
  say(rows, 'deleted', { id: 1, _type: 'company' });
  assert.deepEqual(ids(rows), [2]);
});

test('a row that leaves one of its relations stays in the others', () => {
  const place = (prop_name, via) => ({ parent_type: 'staff', child_type: 'note', via, prop_name, is_collection: true, channel: `note|~${prop_name}` });
  const both = new DataMapper([place('notes', 'staff'), place('edited', 'editor')]);
  const note = (more = {}) => row('note', 1, { text: 'n', ...more });
  const held = () => [row('staff', 1, { notes: [note()], edited: [] }), row('staff', 2, { notes: [], edited: [note()] })];
  let position = 0;
  const tell = (rows, channel, action, data) => {
    position += 1;
    both.mapData(rows, { action, data, channel: `note|~${channel}`, position: `e:${position}` });
  };
  const shown = (rows) => rows.map((each) => [ids(each.notes), ids(each.edited)]);
  const gone = { id: 1, _type: 'note' };

  const rows = held();
  tell(rows, 'edited', 'deleted', gone);
  assert.deepEqual(shown(rows), [[[1], []], [[], []]]);
  // What is said of it elsewhere does not bring it back.
  tell(rows, 'notes', 'updated', { ...gone, text: 'm' });
  assert.deepEqual(shown(rows), [[[1], []], [[], []]]);
  tell(rows, 'edited', 'created', note({ editor: 1 }));
  assert.deepEqual(shown(rows), [[[1], [1]], [[], []]]);
  // Who is told whole in one relation does not forget the other.
  tell(rows, 'notes', 'updated', { ...gone, staff: 2 });
  tell(rows, 'edited', 'created', note({ editor: 2, text: 'new' }));
  assert.deepEqual(shown(rows), [[[], []], [[1], [1]]]);
  assert.deepEqual(rows[1].notes, [note({ editor: 2, staff: 2, text: 'new' })]);
  // What was said of its parents there holds no more, also when they are told anew.
  tell(rows, 'edited', 'deleted', gone);
  both.mapData(rows, { action: 'updated', data: row('staff', 2, { notes: [1], edited: [], name: 's' }), channel: 'staff|', position: 'e:x' });
  assert.deepEqual(shown(rows), [[[], []], [[1], []]]);
  // Told in one before there is a place for it, and gone from the other meanwhile.
  tell(rows, 'notes', 'updated', { ...gone, staff: 7 });
  tell(rows, 'edited', 'created', note({ editor: 8 }));
  tell(rows, 'edited', 'deleted', gone);
  both.mapData(rows, { action: 'created', data: row('staff', 7, { notes: [note()], edited: [] }), channel: 'staff|', position: 'e:y' });
  assert.deepEqual(shown(rows), [[[], []], [[], []], [[1], []]]);
  // And gone from all.
  tell(rows, 'notes', 'deleted', gone);
  assert.deepEqual(shown(rows), [[[], []], [[], []], [[], []]]);
});

test('what the page loads anew in place is believed, whatever was told before', () => {
  const place = (prop_name, via) => ({ parent_type: 'staff', child_type: 'note', via, prop_name, is_collection: true, channel: `note|~${prop_name}` });
  const note = (id, more = {}) => row('note', id, { text: `n${id}`, ...more });
  const gone = (id) => ({ id, _type: 'note' });
  const shown = (one) => [ids(one.notes), ids(one.edited)];
  const start = () => {
    const both = new DataMapper([place('notes', 'staff'), place('edited', 'editor')]);
    let position = 0;
    return (source, channel, action, data) => both.mapData(source, { action, data, channel, position: `e:${(position += 1)}` });
  };
  const again = (more = {}) => row('staff', 1, { notes: [note(1)], edited: [note(1), note(2)], ...more });

  // One object. What had left a relation is in it again, and is there to stay.
  let tell = start();
  const one = again();
  tell(one, 'note|~edited', 'deleted', gone(1));
  assert.deepEqual(shown(one), [[1], [2]]);
  Object.assign(one, again());
  tell(one, 'staff|', 'updated', row('staff', 1, { name: 's', edited: [1, 2] }));
  assert.deepEqual(shown(one), [[1], [1, 2]]);
  // The same where only a relation was loaded.
  tell(one, 'note|~edited', 'deleted', gone(1));
  one.edited = again().edited;
  tell(one, 'staff|', 'updated', row('staff', 1, { name: 't', edited: [1, 2] }));
  assert.deepEqual(shown(one), [[1], [1, 2]]);

  // What comes before the page has filled its object is about nothing yet.
  tell = start();
  const vacant = {};
  tell(vacant, 'note|~notes', 'updated', note(1, { text: 'early' }));
  Object.assign(vacant, again());
  tell(vacant, 'note|~edited', 'deleted', gone(1));
  assert.deepEqual(shown(vacant), [[1], [2]]);

  // A row that the page adds to the others itself, and one that it loads anew where it stands.
  tell = start();
  const rows = [row('staff', 2, { notes: [], edited: [note(3)] })];
  tell(rows, 'note|~edited', 'updated', note(3, { text: 'm' }));
  rows.push(again());
  tell(rows, 'note|~edited', 'deleted', gone(1));
  assert.deepEqual(shown(rows[1]), [[1], [2]]);
  Object.assign(rows[1], again());
  tell(rows, 'staff|', 'updated', row('staff', 1, { name: 's', edited: [1, 2] }));
  assert.deepEqual(shown(rows[1]), [[1], [1, 2]]);
});

test('a child without a parent here is added nowhere', () => {
  const rows = world();
  say(rows, 'created', staff(9, 77));
  say(rows, 'created', staff(10, null));
  assert.deepEqual(rows, world());
});

test('an updated child is changed where it stands', () => {
  const rows = world();
  const [one] = rows[0].staff_set;
  say(rows, 'updated', { id: '1', _type: 'staff', name: 'new' });
  assert.equal(rows[0].staff_set[0], one);
  assert.equal(one.name, 'new');
  assert.equal(one.notes.length, 1);
  say(rows, 'updated', { id: 1, _type: 'note', text: 'new' });
  assert.equal(one.notes[0].text, 'new');
});

test('a child moves when it names another parent, whole and the same object', () => {
  const rows = world();
  const [one] = rows[0].staff_set;
  say(rows, 'updated', { id: 1, _type: 'staff', company: 2 });
  assert.deepEqual(ids(rows[0].staff_set), [2]);
  assert.deepEqual(ids(rows[1].staff_set), [3, 1]);
  assert.equal(rows[1].staff_set[1], one);
  assert.equal(one.notes.length, 1);
  say(rows, 'updated', { id: 1, _type: 'staff', company: null });
  assert.deepEqual(rows.map((each) => ids(each.staff_set)), [[2], [3]]);
});

test('one to one: set, changed, moved, displaced, deleted', () => {
  const rows = world();
  const { owner } = rows[0];
  say(rows, 'updated', { id: 1, _type: 'owner', name: 'new' });
  assert.equal(rows[0].owner, owner);
  assert.deepEqual(owner, row('owner', 1, { company: 1, name: 'new' }));
  say(rows, 'updated', { id: 1, _type: 'owner', company: 2 });
  assert.equal(rows[0].owner, null);
  assert.equal(rows[1].owner, owner);
  say(rows, 'created', row('owner', 2, { company: 2, name: 'p' }));
  assert.equal(rows[1].owner.name, 'p');
  say(rows, 'deleted', { id: 1, _type: 'owner' });
  assert.equal(rows[1].owner.name, 'p', 'the other one is not meant');
  say(rows, 'deleted', { id: 2, _type: 'owner' });
  assert.equal(rows[1].owner, null);
});

test('relations that come as ids destroy nothing: they say what stays', () => {
  const rows = world();
  const { staff_set: set, owner } = rows[0];
  const [one, two] = set;
  say(rows, 'updated', { id: 1, _type: 'company', name: 'new', staff_set: ['1', 2], owner: 1 });
  assert.equal(rows[0].name, 'new');
  assert.equal(rows[0].staff_set, set);
  assert.deepEqual([...set], [one, two]);
  assert.equal(rows[0].owner, owner);
  say(rows, 'updated', { id: 1, _type: 'company', staff_set: [2, 99], owner: null });
  assert.deepEqual([...set], [two], 'of an unknown one there is nothing to show');
  assert.equal(rows[0].owner, null);
  say(rows, 'updated', { id: 1, _type: 'company', staff_set: [2, 3] });
  assert.deepEqual(ids(set), [2, 3], 'one that stands elsewhere is known');
  assert.notEqual(set[1], rows[1].staff_set[0]);
  say(rows, 'updated', { id: 2, _type: 'company', owner: 5 });
  assert.equal(rows[1].owner, 5);
  say(rows, 'created', row('owner', 5, { company: 2 }));
  assert.deepEqual(rows[1].owner, row('owner', 5, { company: 2 }));
  say(rows, 'updated', { id: 1, _type: 'company', staff_set: [] });
  assert.deepEqual(set, []);
});

test('ids tell what stays also where no map was given', () => {
  const rows = world();
  new DataMapper().mapUpdated(rows, { id: 1, _type: 'company', staff_set: [2], owner: 1 });
  assert.deepEqual(ids(rows[0].staff_set), [2]);
  assert.equal(rows[0].owner.name, 'o');
  const flat = [row('company', 1, { staff_set: [1], owner: 4 })];
  new DataMapper().mapUpdated(flat, { id: 1, _type: 'company', staff_set: [1, 2], owner: 5 });
  assert.deepEqual(flat, [row('company', 1, { staff_set: [1, 2], owner: 5 })]);
});

test('a page that holds only ids is not mixed with rows', () => {
  const rows = [row('company', 1, { staff_set: [1] })];
  say(rows, 'created', staff(2, 1));
  assert.deepEqual(rows, [row('company', 1, { staff_set: [1] })]);
});

test('relations that come whole are taken whole, and known rows stay the same objects', () => {
  const rows = world();
  const [one] = rows[0].staff_set;
  one.$$hashKey = '001';
  say(rows, 'created', company(1, { staff_set: [staff(5, 1), staff(1, 1, { name: 'new' })], owner: row('owner', 3) }));
  assert.deepEqual(ids(rows[0].staff_set), [5, 1]);
  assert.equal(rows[0].staff_set[1], one);
  assert.deepEqual(one, staff(1, 1, { name: 'new', $$hashKey: '001' }), 'its note is gone; the mark of AngularJS is not');
  assert.equal(rows[0].owner.id, 3);
});

test('what a message holds is not shared with the page', () => {
  const rows = [];
  const data = company(1, { staff_set: [staff(1, 1)] });
  say(rows, 'created', data);
  say(rows, 'updated', { id: 1, _type: 'staff', name: 'new' });
  assert.equal(data.staff_set[0].name, 's1');
});

test('many to many: in all its parents, and in no others', () => {
  const many = new DataMapper([DOC]);
  const rows = [1, 2, 3].map((id) => row('staff', id, { docs: [row('doc', 1, { text: 'a', staff_ids: [1, 2, 3] })] }));
  many.mapUpdated(rows, { id: 1, _type: 'doc', text: 'b' });
  assert.deepEqual(rows.map(({ docs }) => docs[0].text), ['b', 'b', 'b']);
  many.mapUpdated(rows, { id: 1, _type: 'doc', staff_ids: [2] });
  assert.deepEqual(rows.map(({ docs }) => docs.length), [0, 1, 0]);
  many.mapUpdated(rows, { id: 1, _type: 'doc', staff_ids: [2, 3] });
  assert.equal(rows[2].docs[0].text, 'b');
  assert.notEqual(rows[1].docs[0], rows[2].docs[0]);
  many.mapCreated(rows, row('doc', 2, { text: 'c', staff_ids: [1, { id: 3, _type: 'staff' }] }));
  assert.deepEqual(rows.map(({ docs }) => ids(docs)), [[2], [1], [1, 2]]);
  many.mapDelete(rows, row('doc', 1));
  assert.deepEqual(rows.map(({ docs }) => ids(docs)), [[2], [], [2]]);
});

test('a type with two kinds of parents stands below both', () => {
  const both = new DataMapper([STAFF, { parent_type: 'city', child_type: 'staff', via: 'city', prop_name: 'people', is_collection: true }]);
  const rows = [company(1), row('city', 1, { people: [] })];
  both.mapCreated(rows, staff(1, 1, { city: 1 }));
  assert.deepEqual([ids(rows[0].staff_set), ids(rows[1].people)], [[1], [1]]);
  both.mapUpdated(rows, { id: 1, _type: 'staff', city: null });
  assert.deepEqual([ids(rows[0].staff_set), ids(rows[1].people)], [[1], []]);
});

test('a tree of one kind', () => {
  const tree = new DataMapper([REPLY]);
  const rows = [];
  const reply = (id, parent) => row('reply', id, { parent, replies: [] });
  for (const [id, parent] of [[1, null], [2, 1], [3, 2], [4, null]]) tree.mapCreated(rows, reply(id, parent));
  const shape = (list) => list.map(({ id, replies }) => [id, shape(replies)]);
  assert.deepEqual(shape(rows), [[1, [[2, [[3, []]]]]], [4, []]]);
  tree.mapUpdated(rows, { id: 2, _type: 'reply', parent: 4 });
  assert.deepEqual(shape(rows), [[1, []], [4, [[2, [[3, []]]]]]]);
  tree.mapUpdated(rows, { id: 3, _type: 'reply', parent: null });
  tree.mapUpdated(rows, { id: 1, _type: 'reply', parent: 3 });
  assert.deepEqual(shape(rows), [[4, [[2, []]]], [3, [[1, []]]]]);
  tree.mapUpdated(rows, { id: 3, _type: 'reply', parent: 1 });
  JSON.stringify(rows); // A row within itself would have no end.
});

test('a single object with what is below it; an emptied one takes its own row back', () => {
  const one = company(1, { staff_set: [staff(1, 1)] });
  mapper.mapCreated(one, staff(2, 1));
  mapper.mapUpdated(one, { id: 1, _type: 'staff', name: 'new' });
  assert.deepEqual(one.staff_set.map(({ name }) => name), ['new', 's2']);
  mapper.mapUpdated(one, { id: 1, _type: 'staff', company: 2 });
  assert.deepEqual(ids(one.staff_set), [2]);
  mapper.mapDelete(one, row('company', 1));
  assert.deepEqual(one, {});
  mapper.mapCreated(one, company(2));
  assert.deepEqual(one, {});
  mapper.mapCreated(one, company(1));
  assert.deepEqual(one, company(1));
  const empty = { $$hashKey: '1' };
  mapper.mapCreated(empty, staff(1, 1));
  assert.deepEqual(empty, { $$hashKey: '1' }, 'a child is not what it waits for');
  assert.deepEqual(mapper.mapCreated(empty, company(3)), { ...company(3), $$hashKey: '1' });
});

test('ways back up, and things that are no data, are left alone', () => {
  const rows = world();
  const moment = new Date(0);
  rows[0].staff_set[0].up = rows[0];
  rows[0].when = moment;
  rows[0].$parent = { staff_set: [row('staff', 2)] };
  say(rows, 'updated', { id: 2, _type: 'staff', name: 'new' });
  assert.equal(rows[0].staff_set[1].name, 'new');
  assert.equal(rows[0].when, moment);
  assert.equal(rows[0].$parent.staff_set[0].name, undefined);
});

test('no key of a message changes a prototype, at any depth', () => {
  const evil = JSON.parse('{"id":1,"_type":"company","__proto__":{"admin":true},"owner":{"id":1,"_type":"owner","__proto__":{"admin":true}},"staff_set":[{"id":1,"_type":"staff","__proto__":{"admin":true}}]}');
  for (const rows of [[], world()]) {
    for (const action of ['created', 'updated']) {
      say(rows, action, evil);
      for (const held of [rows[0], rows[0].owner, rows[0].staff_set[0]]) {
        assert.equal(held.admin, undefined);
        assert.equal(Object.getPrototypeOf(held), Object.prototype);
      }
    }
  }
});

test('for any changes of nested rows: what is held is what a fresh load gives', () => {
  const links = [STAFF, OWNER, NOTE, DOC];
  const below = { company: [['staff_set', 'staff', 'company'], ['owner', 'owner', 'company']], staff: [['notes', 'note', 'staff'], ['docs', 'doc', 'staff_ids']] };
  for (let round = 0; round < 300; round += 1) {
    const random = randomFrom(7000 + round);
    const tables = { company: new Map(), staff: new Map(), owner: new Map(), note: new Map(), doc: new Map() };
    const named = (field, id) => [field].flat().includes(id);
    const children = (type, via, id) => [...tables[type].values()].filter((each) => named(each[via], id)).sort((a, b) => a.id - b.id);
    const load = (own) => {
      const whole = { ...own };
      for (const [prop, type, via] of below[own._type] ?? []) {
        const found = children(type, via, own.id).map(load);
        whole[prop] = prop === 'owner' ? (found[0] ?? null) : found;
      }
      return whole;
    };
    // As an updated message has them: unchanged relations are ids.
    const bare = (own) => {
      const whole = { ...own };
      for (const [prop, type, via] of below[own._type] ?? []) {
        const found = ids(children(type, via, own.id));
        whole[prop] = prop === 'owner' ? (found[0] ?? null) : found;
      }
      return whole;
    };
    const companies = () => [...tables.company.values()].map(load);
    const sorted = (value) => {
      if (Array.isArray(value)) return value.map(sorted).sort((a, b) => a.id - b.id || a - b);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
    };
    const anyOf = (type) => random.pick([null, ...tables[type].keys()]);
    const freeCompany = () => random.pick([null, ...[...tables.company.keys()].filter((id) => children('owner', 'company', id).length === 0)]);
    const references = {
      company: () => ({}),
      staff: () => ({ company: anyOf('company') }),
      owner: () => ({ company: freeCompany() }),
      note: () => ({ staff: anyOf('staff') }),
      doc: () => ({ staff_ids: [...tables.staff.keys()].filter(() => random.below(2)) }),
    };
    const held = [];
    const mapping = new DataMapper(links);
    const tell = (action, data) => {
      const text = JSON.stringify({ action, data });
      for (let times = 1 + random.below(2); times > 0; times -= 1) mapping.mapData(held, JSON.parse(text));
    };
    let next = 1;
    for (let step = 0; step < 50; step += 1) {
      const type = random.pick(Object.keys(tables));
      const table = tables[type];
      const id = table.size > 0 ? random.pick([...table.keys()]) : null;
      const old = table.get(id);
      const choice = random.below(10);
      if (!old || choice < 4) {
        const fresh = { id: next, _type: type, text: random.below(5), ...references[type]() };
        next += 1;
        table.set(fresh.id, fresh);
        tell('created', load(fresh));
      } else if (choice < 6) {
        // What hangs on it hangs on nothing from now on, or goes with it.
        for (const [, child, via] of below[type] ?? []) {
          for (const each of children(child, via, id)) {
            each[via] = Array.isArray(each[via]) ? each[via].filter((one) => one !== id) : null;
            tell('updated', { id: each.id, _type: child, [via]: each[via] });
          }
        }
        table.delete(id);
        tell('deleted', { id: String(id), _type: type });
      } else {
        // A child that is shown nowhere (its parent is none, or below none) comes whole when it is shown, as created.
        const change = random.below(2) ? { text: random.below(5) } : references[type]();
        const isShown = JSON.stringify(held).includes(`"id":${id},"_type":"${type}"`);
        Object.assign(old, change);
        tell(isShown ? 'updated' : 'created', isShown ? { ...(random.below(2) ? bare(old) : { id, _type: type }), ...change } : load(old));
      }
      assert.deepEqual(sorted(held), sorted(companies()), `round ${round}, step ${step}`);
    }
  }
});

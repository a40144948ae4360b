// Rows within rows, where each relation is told on a channel of its own, and nothing orders one channel against another.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataMapper, liveList } from '../index.js';
import { open, randomFrom, reconnect } from './support/fake.js';

const STAFF = { parent_type: 'company', child_type: 'staff', via: 'company', prop_name: 'staff_set', is_collection: true };
const NOTE = { parent_type: 'staff', child_type: 'note', via: 'staff', prop_name: 'notes', is_collection: true };
const HOME = { parent_type: 'company', child_type: 'home', via: 'company', prop_name: 'home', is_collection: false };
const TAG = { parent_type: 'company', child_type: 'tag', via: 'companies', prop_name: 'tags', is_collection: true };
const CITY = { parent_type: 'company', child_type: 'city', via: 'company_set', prop_name: 'city', is_collection: false };
const MAP = [STAFF, NOTE, HOME, TAG, CITY];
const REMOTES = ['company|', ...MAP.map(({ child_type }) => `${child_type}|`)];

const row = (_type, id, more = {}) => ({ id, _type, ...more });
const company = (id, more = {}) => row('company', id, { name: `c${id}`, staff_set: [], home: null, tags: [], city: null, ...more });
const ids = (rows) => rows.map(({ id }) => id);

/** Both ways to keep rows, on the same messages; `rows()` is what both have. */
function keepers(snapshot) {
  const all = open();
  const list = liveList(all.client, 'company', {}, { timers: all.clock.timers, channel: 'companies' });
  list.subscribe(() => {});
  const answer = (socket, context, rows) => {
    const channel_data = { local_channel: 'companies', remote_channels: REMOTES, action: 'subscribe' };
    socket.answer(socket.take(), MAP, context, { snapshot: rows, channel_data });
  };
  const at = (epoch) => ({ positions: Object.fromEntries(REMOTES.map((remote) => [remote, `${epoch}:1`])) });
  answer(all.wire.last, at('a'), snapshot);
  const mapped = structuredClone(snapshot);
  const mapper = new DataMapper(MAP);
  let count = 1;
  const say = (action, data) => {
    count += 1;
    const message = { channel: `${data._type}|`, action, data, position: `a:${count}` };
    all.wire.last.push(message.channel, action, data, message.position);
    mapper.mapData(mapped, message);
  };
  const rows = () => {
    assert.deepEqual(sorted(mapped), list.get());
    return list.get();
  };
  return { ...all, list, mapper, mapped, say, rows, answer, at };
}

// A mapper adds at the end; a live list has the order of the keys.
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => a.id - b.id);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, sorted(held)]));
}

test('many to many: the row and the ids that name it come in either order, and it is not added at the top', () => {
  const { say, rows } = keepers([company(1), company(2)]);
  say('created', row('tag', 1, { label: 'a' }));
  assert.deepEqual(rows(), [company(1), company(2)]);
  say('updated', row('company', 1, { tags: [1] }));
  assert.deepEqual(rows()[0].tags, [row('tag', 1, { label: 'a' })]);
  say('updated', row('company', 2, { tags: [1, 2] }));
  assert.deepEqual(ids(rows()[1].tags), [1]);
  say('created', row('tag', 2, { label: 'b' }));
  assert.deepEqual(rows().map(({ tags }) => ids(tags)), [[1], [1, 2]]);
  say('updated', row('tag', 1, { label: 'new' }));
  assert.deepEqual(rows().map(({ tags }) => tags[0].label), ['new', 'new']);
  assert.deepEqual(ids(rows()), [1, 2]);
});

test('many to many: the list of what holds a row, which is there for another mapper, moves nothing and is not kept', () => {
  const tag = row('tag', 1, { label: 'a' });
  const { say, rows } = keepers([company(1, { tags: [tag] }), company(2)]);
  say('updated', row('tag', 1, { label: 'b', companies: [1] }));
  assert.deepEqual(rows(), [company(1, { tags: [row('tag', 1, { label: 'b' })] }), company(2)]);
  // It was read before or after what the owners say, and they have the last word.
  say('updated', row('tag', 1, { label: 'b', companies: [1, 2] }));
  say('updated', row('company', 1, { tags: [] }));
  say('updated', row('company', 2, { tags: [1] }));
  assert.deepEqual(rows(), [company(1), company(2, { tags: [row('tag', 1, { label: 'b' })] })]);
  say('deleted', row('tag', 1, { companies: [2] }));
  assert.deepEqual(rows(), [company(1), company(2)]);
});

test('many to many: what no owner has for a moment is still known', () => {
  const { say, rows } = keepers([company(1, { tags: [row('tag', 1, { label: 'a' })] }), company(2)]);
  say('updated', row('company', 1, { tags: [] }));
  say('updated', row('tag', 1, { label: 'b' }));
  say('updated', row('company', 2, { tags: [1] }));
  assert.deepEqual(rows().map(({ tags }) => tags), [[], [row('tag', 1, { label: 'b' })]]);
});

test('many to many: a row that is gone and back stands where its owners were told to have it', () => {
  const { say, rows } = keepers([company(1, { tags: [row('tag', 1, { label: 'a' })] }), company(2)]);
  say('updated', row('company', 2, { tags: [1] }));
  say('deleted', row('tag', 1));
  assert.deepEqual(rows().map(({ tags }) => tags), [[], []]);
  say('created', row('tag', 1, { label: 'b' }));
  assert.deepEqual(rows().map(({ tags }) => ids(tags)), [[1], [1]]);
});

test('a foreign key: the row and the id that names it come in either order', () => {
  const { say, rows } = keepers([company(1), company(2)]);
  say('created', row('city', 5, { name: 'Rome' }));
  assert.deepEqual(rows(), [company(1), company(2)]);
  say('updated', row('company', 1, { city: 5 }));
  say('updated', row('company', 2, { city: 6 }));
  say('created', row('city', 6, { name: 'Oslo' }));
  assert.deepEqual(rows().map(({ city }) => city?.name), ['Rome', 'Oslo']);
  say('updated', row('company', 2, { city: 5 }));
  say('deleted', row('city', 6));
  say('updated', row('city', 5, { name: 'Roma' }));
  assert.deepEqual(rows().map(({ city }) => city?.name), ['Roma', 'Roma']);
});

test('a foreign key: what it leads to is told whole with what holds it, and stands where those say', () => {
  const old = row('city', 1, { name: 'a' });
  const { say, rows } = keepers([company(1, { city: old }), company(2, { city: old }), company(3)]);
  say('updated', row('city', 1, { name: 'b', company_set: [1, 2] }));
  const city = row('city', 1, { name: 'b' });
  assert.deepEqual(rows(), [company(1, { city }), company(2, { city }), company(3)]);
  // A company that comes to it says so itself; of that the list is not told anew.
  say('updated', row('company', 3, { city }));
  assert.deepEqual(rows()[2].city, city);
  say('updated', row('company', 1, { city: null }));
  say('deleted', row('city', 1));
  assert.deepEqual(rows(), [company(1), company(2), company(3)]);
});

test('one to one: told whole with every change, and with what held it when it leaves', () => {
  const { say, rows } = keepers([company(1, { home: row('home', 1, { street: 'a', company: 1 }) }), company(2)]);
  say('updated', row('home', 1, { street: 'b', company: 2 }));
  assert.deepEqual(rows(), [company(1), company(2, { home: row('home', 1, { street: 'b', company: 2 }) })]);
  say('deleted', row('home', 1, { company: 2 }));
  assert.deepEqual(rows(), [company(1), company(2)]);
});

test('a child that is told before its parents, at any depth', () => {
  const { say, rows } = keepers([]);
  say('created', row('note', 1, { text: 'n', staff: 1 }));
  say('created', row('staff', 1, { name: 's', company: 1, notes: [] }));
  say('updated', row('note', 1, { text: 'm' }));
  assert.deepEqual(rows(), []);
  say('created', company(1));
  assert.deepEqual(rows()[0].staff_set[0].notes, [row('note', 1, { text: 'm', staff: 1 })]);
});

test('a child that moves from a parent which is told as gone first keeps what it holds', () => {
  const notes = [row('note', 1, { text: 'n' })];
  const { say, rows } = keepers([company(1, { staff_set: [row('staff', 1, { name: 's', notes })] }), company(2)]);
  say('deleted', row('company', 1));
  say('updated', row('staff', 1, { company: 2 }));
  say('updated', row('note', 1, { text: 'm' }));
  assert.deepEqual(rows(), [company(2, { staff_set: [row('staff', 1, { name: 's', notes: [row('note', 1, { text: 'm' })], company: 2 })] })]);
});

test('a child that moves stands once, whatever its new parent was read with', () => {
  const { say, rows } = keepers([company(1, { staff_set: [row('staff', 1, { name: 's', notes: [] })] })]);
  say('updated', row('staff', 1, { company: 2 }));
  say('created', company(2, { staff_set: [row('staff', 1, { name: 's', notes: [] })] }));
  assert.deepEqual(rows().map((each) => ids(each.staff_set)), [[], [1]]);
  say('updated', row('staff', 1, { company: 1 }));
  say('deleted', row('company', 2));
  say('created', company(2, { staff_set: [row('staff', 1, { name: 's', notes: [] })] }));
  assert.deepEqual(rows().map((each) => ids(each.staff_set)), [[1], []], 'its own word is the later one');
});

test('two that change places, where each has room for one', () => {
  const home = (id) => row('home', id, { street: `h${id}` });
  const { say, rows } = keepers([company(1, { home: home(1) }), company(2, { home: home(2) })]);
  say('updated', row('home', 1, { company: 2 }));
  say('updated', row('home', 2, { company: 1 }));
  assert.deepEqual(rows().map((each) => each.home.street), ['h2', 'h1']);
});

test('a parent that leaves and comes back brings what it has, which is not told again', () => {
  const { say, rows } = keepers([company(1, { staff_set: [row('staff', 1, { name: 's', notes: [] })], home: row('home', 1) })]);
  say('deleted', row('company', 1));
  say('created', company(1, { name: 'back', staff_set: [row('staff', 1, { name: 's', notes: [] })], home: row('home', 1) }));
  assert.deepEqual([rows()[0].name, ids(rows()[0].staff_set), rows()[0].home.id], ['back', [1], 1]);
});

test('a row that was only read with its parent, and that its own channel never told, is not shown', () => {
  const { say, rows } = keepers([]);
  say('created', company(1, { staff_set: [row('staff', 1, { notes: [] })], tags: [row('tag', 1)], home: row('home', 1) }));
  assert.deepEqual(rows(), [company(1)]);
});

test('half a row is never shown', () => {
  const { say, rows } = keepers([company(1, { tags: [] })]);
  say('updated', row('staff', 7, { name: 'half', company: 1 }));
  say('updated', row('company', 1, { tags: [7] }));
  say('updated', row('tag', 7, { label: 'half' }));
  assert.deepEqual(rows(), [company(1)]);
});

test('a mapper forgets what it knew of an array that the page has filled anew', () => {
  const { mapper } = keepers([]);
  const rows = [company(1, { staff_set: [row('staff', 1, { name: 's', notes: [] })] })];
  mapper.mapData(rows, { action: 'deleted', data: row('company', 1), position: 'a:1' });
  rows.push(company(2));
  mapper.mapData(rows, { action: 'updated', data: row('staff', 1, { company: 2 }), position: 'b:2' });
  assert.deepEqual(rows, [company(2)]);
});

test('a mapper on one object', () => {
  const mapper = new DataMapper(MAP);
  const one = {};
  const say = (action, data) => mapper.mapData(one, { action, data, position: 'a:1' });
  say('created', row('staff', 1, { name: 's', company: 1, notes: [] }));
  assert.deepEqual(one, {});
  say('created', company(1));
  assert.deepEqual(one, company(1, { staff_set: [row('staff', 1, { name: 's', company: 1, notes: [] })] }));
  say('deleted', row('company', 1));
  assert.deepEqual(one, {});
  say('created', company(2));
  assert.deepEqual(one, {});
});

test('a hole in one of the channels: all rows are loaded anew, and what was known beside them is not', () => {
  const { wire, list, say, answer, at } = keepers([company(1)]);
  say('created', row('staff', 1, { name: 'old', company: 2, notes: [] }));
  wire.last.say({ action: 'resync', channel: 'tag|' });
  assert.equal(list.status, 'stale');
  answer(wire.last, at('b'), [company(1, { name: 'new' })]);
  assert.equal(list.status, 'live');
  wire.last.push('company|', 'created', company(2), 'b:2');
  assert.deepEqual(list.get(), [company(1, { name: 'new' }), company(2)]);
});

test('after an outage: it names the position of each channel, and goes on or loads anew', async () => {
  const all = keepers([company(1)]);
  all.say('created', row('staff', 1, { name: 's', company: 1, notes: [] }));
  let socket = await reconnect(all);
  const since = { ...all.at('a').positions, 'staff|': 'a:2' };
  assert.deepEqual(socket.sent[0].args, { channel: 'companies', _snapshot: true, _since: since });
  all.answer(socket, { ...all.at('a'), recovered: true });
  assert.equal(all.list.status, 'live');
  assert.deepEqual(ids(all.list.get()[0].staff_set), [1], 'its rows stay');
  socket.push('note|', 'created', row('note', 1, { text: 'n', staff: 1 }), 'a:3');
  assert.deepEqual(ids(all.list.get()[0].staff_set[0].notes), [1], 'and what was missed follows');
  socket = await reconnect(all);
  assert.deepEqual(socket.sent[0].args._since, { ...since, 'note|': 'a:3' });
  all.answer(socket, { ...all.at('b'), recovered: false }, [company(2)]);
  assert.equal(all.list.status, 'live');
  assert.deepEqual(all.list.get(), [company(2)]);
});

test('for any changes, in whatever order the channels are heard: the rows are those of the one who made them', () => {
  const random = randomFrom(7);
  for (let round = 0; round < 150; round += 1) {
    const { say, rows } = keepers([]);
    const truth = { company: new Map(), staff: new Map(), tag: new Map() };
    const queues = { company: [], staff: [], tag: [] };
    const tell = (action, data) => queues[data._type].push([action, structuredClone(data)]);
    // As the server does: a row is told on its channel when a company leads to it.
    const told = new Map();
    const holders = ({ id }) => [...truth.company.values()].filter(({ tags }) => tags.includes(id)).map((one) => one.id);
    const settle = (type, isHeld) => {
      for (const [id, data] of truth[type]) {
        // By a column of its own, or by the list of all.
        const named = type === 'tag' ? { ...data, companies: holders(data) } : data;
        if (isHeld(data)) tell(told.has(`${type} ${id}`) ? 'updated' : 'created', told.set(`${type} ${id}`, named).get(`${type} ${id}`));
      }
      for (const key of [...told.keys()].filter((each) => each.startsWith(`${type} `))) {
        const data = told.get(key);
        if (truth[type].has(data.id) && isHeld(truth[type].get(data.id))) continue;
        told.delete(key);
        const { company, companies } = data;
        tell('deleted', row(type, data.id, type === 'tag' ? { companies } : { company }));
      }
    };
    const whole = ({ id, name, tags }) => {
      const staff = [...truth.staff.values()].filter((one) => one.company === id);
      const held = [...truth.tag.values()].filter((one) => tags.includes(one.id));
      return company(id, { name, staff_set: staff.map(({ company: _, ...rest }) => rest), tags: held });
    };
    for (let step = 0; step < 40; step += 1) {
      const id = random.below(3);
      const kind = random.pick(['company', 'staff', 'tag', 'tie']);
      if (kind === 'company') {
        if (truth.company.delete(id)) tell('deleted', row('company', id));
        else {
          truth.company.set(id, { id, name: `n${step}`, tags: [] });
          tell('created', whole(truth.company.get(id)));
        }
      } else if (kind === 'staff') {
        if (random.below(4) === 0) truth.staff.delete(id);
        else truth.staff.set(id, row('staff', id, { name: `n${step}`, company: random.below(3), notes: [] }));
      } else if (kind === 'tag') {
        truth.tag.set(id, row('tag', id, { label: `n${step}` }));
      } else if (truth.company.has(id)) {
        const one = truth.company.get(id);
        one.tags = [0, 1, 2].filter((tag) => truth.tag.has(tag) && random.below(2) === 0);
        tell('updated', row('company', id, { tags: one.tags }));
      }
      if (random.below(2) === 0) {
        settle('staff', (one) => truth.company.has(one.company));
        settle('tag', (one) => [...truth.company.values()].some(({ tags }) => tags.includes(one.id)));
      }
      for (const queue of Object.values(queues)) while (queue.length > 0 && random.below(3) > 0) say(...queue.shift());
    }
    settle('staff', (one) => truth.company.has(one.company));
    settle('tag', (one) => [...truth.company.values()].some(({ tags }) => tags.includes(one.id)));
    while (Object.values(queues).some((queue) => queue.length > 0)) {
      const queue = random.pick(Object.values(queues));
      if (queue.length > 0) say(...queue.shift());
    }
    const plain = rows().map((one) => ({ ...one, staff_set: one.staff_set.map(({ company: _, ...rest }) => rest) }));
    assert.deepEqual(plain, sorted([...truth.company.values()].map(whole)), `round ${round}`);
  }
});

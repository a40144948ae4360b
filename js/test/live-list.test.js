import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveList } from '../index.js';
import { open, reconnect, settle, setup } from './support/fake.js';

const CHANNEL = 'todoitem|todo_list__id:1';
const FILTERS = { todo_list_id: 1 };
const item = (id, text, more = {}) => ({ id, _type: 'todoitem', text, done: false, ...more });
const ids = (rows) => rows.map((row) => row.id);

/** A list with a listener; `seen` is every value that the listener was told. */
function listening(all = open(), options = {}, filters = FILTERS) {
  const list = liveList(all.client, 'todo-item', filters, { timers: all.clock.timers, channel: 'items', random: () => 0.999999, ...options });
  const seen = [];
  const statuses = [];
  list.state.subscribe(({ status }) => statuses.push(status));
  const stop = list.subscribe((rows) => seen.push(rows));
  return { ...all, list, seen, statuses, stop };
}

/** The same, with its first rows. */
function live(rows = [item(1, 'b'), item(2, 'a')], options = {}) {
  const all = listening(open(), options);
  all.wire.last.subscribed(all.wire.last.take(), CHANNEL, { position: 'e:1', snapshot: rows });
  return all;
}

test('it starts with its first listener: subscribe with a snapshot', () => {
  const all = open();
  const list = liveList(all.client, 'todo-item', FILTERS, { channel: 'items' });
  assert.equal(list.status, 'idle');
  assert.deepEqual(list.get(), []);
  assert.equal(all.wire.last.sent.length, 0);
  list.state.subscribe(() => {});
  assert.equal(all.wire.last.sent.length, 0, 'who only looks at the status does not start it');
  const seen = [];
  list.subscribe((rows) => seen.push(rows));
  assert.equal(list.status, 'loading');
  assert.deepEqual(seen, [[]]);
  assert.deepEqual(all.wire.last.take().args, { todo_list_id: 1, channel: 'items', _snapshot: true });
});

test('the snapshot is shown, sorted', () => {
  const { list, seen, statuses } = live(undefined, { order: 'text' });
  assert.equal(list.status, 'live');
  assert.deepEqual(ids(list.get()), [2, 1]);
  assert.deepEqual(seen.map(ids), [[], [2, 1]]);
  assert.deepEqual(statuses, ['idle', 'loading', 'live']);
});

test('pushes are applied: enter, stay (and move), leave', () => {
  const { list, wire, seen } = live(undefined, { order: 'text' });
  const socket = wire.last;
  socket.push(CHANNEL, 'created', item(3, 'aa'), 'e:2');
  assert.deepEqual(ids(list.get()), [2, 3, 1]);
  socket.push(CHANNEL, 'updated', { id: 2, _type: 'todoitem', text: 'z' }, 'e:3');
  assert.deepEqual(ids(list.get()), [3, 1, 2]);
  socket.push(CHANNEL, 'deleted', { id: 3, _type: 'todoitem' }, 'e:4');
  assert.deepEqual(ids(list.get()), [1, 2]);
  socket.push(CHANNEL, 'created', { id: 1, _type: 'todoitem', text: 'b' }, 'e:5');
  assert.deepEqual(list.get()[0], { id: 1, _type: 'todoitem', text: 'b' }, 'created for a known row replaces it');
  assert.equal(seen.length, 6);
});

test('each change is a new array, in which rows that did not change are the same', () => {
  const { list, wire } = live();
  const before = list.get();
  wire.last.push(CHANNEL, 'updated', { id: 1, _type: 'todoitem', done: true });
  const after = list.get();
  assert.notEqual(before, after);
  assert.equal(before[0].done, false, 'what was handed out does not change');
  assert.equal(after[0].done, true);
  assert.equal(after[1], before[1]);
});

test('what changes nothing is not told', () => {
  const { wire, seen } = live();
  wire.last.push(CHANNEL, 'updated', { id: 1, _type: 'todoitem', done: false });
  wire.last.push(CHANNEL, 'created', item(1, 'b'));
  wire.last.push(CHANNEL, 'deleted', { id: 77, _type: 'todoitem' });
  wire.last.push(CHANNEL, 'moved', item(1, 'x'));
  wire.last.push(CHANNEL, 'created', null);
  wire.last.say({ channel: CHANNEL, text: 'a message of the router' });
  assert.equal(seen.length, 2);
});

test('half a row is never shown', () => {
  const { list, wire } = live();
  wire.last.push(CHANNEL, 'updated', { id: 9, _type: 'todoitem', done: true });
  assert.deepEqual(ids(list.get()), [1, 2]);
});

test('pushes before the snapshot do no harm', () => {
  const { list, wire } = listening();
  wire.last.push(CHANNEL, 'created', item(9, 'x'), 'e:2');
  wire.last.push(CHANNEL, 'deleted', { id: 9, _type: 'todoitem' }, 'e:3');
  assert.deepEqual(list.get(), []);
  assert.equal(list.status, 'loading');
});

test('it stops a while after the last listener left, and forgets its rows', async () => {
  const { list, wire, clock, stop } = live();
  stop();
  await clock.advance(999);
  assert.equal(list.status, 'live');
  const again = list.subscribe(() => {});
  await clock.advance(5_000);
  assert.equal(wire.last.waiting, 0, 'who comes back in time finds it live');
  again();
  await clock.advance(1_000);
  assert.equal(list.status, 'idle');
  assert.deepEqual(list.get(), []);
  const request = wire.last.take();
  assert.equal(request.verb, 'unsubscribe');
  assert.deepEqual(request.args, { todo_list_id: 1, channel: 'items' });
});

test('it can start again, and an answer from before does not count', async () => {
  const { list, wire, clock, stop } = listening(open(), { linger: 0 });
  const first = wire.last.take();
  stop();
  await clock.advance(0);
  const seen = [];
  list.subscribe((rows) => seen.push(ids(rows)));
  wire.last.subscribed(first, CHANNEL, { position: 'e:1', snapshot: [item(1, 'old')] });
  assert.deepEqual(seen, [[]]);
  assert.equal(list.status, 'loading');
  wire.last.subscribed(wire.last.take(), CHANNEL);
  wire.last.subscribed(wire.last.take(), CHANNEL, { position: 'e:9', snapshot: [item(2, 'new')] });
  assert.deepEqual(seen, [[], [2]]);
});

test('after an outage, recovered: the rows stay and what was missed follows', async () => {
  const all = live();
  all.wire.last.push(CHANNEL, 'created', item(3, 'c'), 'e:2');
  all.wire.last.drop(1006);
  assert.equal(all.list.status, 'stale');
  assert.deepEqual(ids(all.list.get()), [1, 2, 3], 'what was known stays in view');
  await all.clock.advance(1_000);
  all.wire.last.accept();
  const request = all.wire.last.take();
  assert.deepEqual(request.args, { todo_list_id: 1, channel: 'items', _snapshot: true, _since: 'e:2' });
  assert.equal(all.list.status, 'stale');
  const told = all.seen.length;
  all.wire.last.subscribed(request, CHANNEL, { position: 'e:4', recovered: true });
  assert.equal(all.list.status, 'live');
  assert.equal(all.seen.length, told);
  all.wire.last.push(CHANNEL, 'deleted', { id: 1, _type: 'todoitem' }, 'e:3');
  all.wire.last.push(CHANNEL, 'updated', { id: 3, _type: 'todoitem', done: true }, 'e:4');
  assert.deepEqual(all.list.get().map(({ id, done }) => [id, done]), [[2, false], [3, true]]);
  assert.deepEqual(all.statuses, ['idle', 'loading', 'live', 'stale', 'live']);
});

test('after an outage, not recovered: the snapshot takes the place of the rows', async () => {
  const all = live();
  const before = all.list.get();
  const socket = await reconnect(all);
  socket.subscribed(socket.take(), CHANNEL, { position: 'f:1', recovered: false, snapshot: [item(2, 'a'), item(7, 'g')] });
  assert.deepEqual(ids(all.list.get()), [2, 7]);
  assert.equal(all.list.get()[0], before[1], 'a row that did not change keeps its identity');
  assert.equal(all.list.status, 'live');
});

test('an outage before the first rows: it asks again', async () => {
  const all = listening();
  const socket = await reconnect(all);
  assert.equal(all.list.status, 'loading');
  socket.subscribed(socket.take(), CHANNEL, { position: 'e:1', snapshot: [item(1, 'a')] });
  assert.equal(all.list.status, 'live');
});

test('it waits for the connection as long as it takes', async () => {
  const all = listening(setup());
  await all.clock.advance(3_600_000);
  assert.equal(all.list.status, 'loading');
  all.wire.last.accept();
  all.wire.last.subscribed(all.wire.last.take(), CHANNEL, { position: 'e:1', snapshot: [] });
  assert.equal(all.list.status, 'live');
});

test('resync: it loads anew, and what comes before the new rows is not laid over the old', () => {
  const { list, wire } = live();
  wire.last.say({ action: 'resync', channel: CHANNEL });
  assert.equal(list.status, 'stale');
  const request = wire.last.take();
  assert.deepEqual(request.args, { todo_list_id: 1, channel: 'items', _snapshot: true });
  wire.last.push(CHANNEL, 'deleted', { id: 1, _type: 'todoitem' }, 'e:8');
  assert.deepEqual(ids(list.get()), [1, 2]);
  wire.last.subscribed(request, CHANNEL, { position: 'e:9', snapshot: [item(5, 'x')] });
  assert.deepEqual(ids(list.get()), [5]);
  assert.equal(list.status, 'live');
});

test('a resync while it loads anew: the rows on their way may be from before, so once more', () => {
  const { list, wire } = live();
  wire.last.say({ action: 'resync', channel: CHANNEL });
  wire.last.say({ action: 'resync', channel: CHANNEL });
  wire.last.say({ action: 'resync', channel: CHANNEL });
  wire.last.subscribed(wire.last.take(), CHANNEL, { position: 'e:5', snapshot: [item(1, 'old')] });
  assert.equal(list.status, 'stale');
  wire.last.subscribed(wire.last.take(), CHANNEL, { position: 'e:9', snapshot: [item(1, 'new')] });
  assert.equal(list.status, 'live');
  assert.equal(list.get()[0].text, 'new');
  assert.equal(wire.last.waiting, 0);
});

test('a drop while it loads anew: after it a snapshot, and not a resume across the hole', async () => {
  const all = live();
  all.wire.last.say({ action: 'resync', channel: CHANNEL });
  all.wire.last.push(CHANNEL, 'deleted', { id: 2, _type: 'todoitem' }, 'e:8');
  const socket = await reconnect(all);
  const request = socket.take();
  assert.deepEqual(request.args, { todo_list_id: 1, channel: 'items', _snapshot: true });
  socket.subscribed(request, CHANNEL, { position: 'e:9', snapshot: [item(5, 'x')] });
  assert.deepEqual(ids(all.list.get()), [5]);
});

test('a drop after a reload that failed: it is not resumed across the hole', async () => {
  const all = live();
  all.wire.last.say({ action: 'resync', channel: CHANNEL });
  all.wire.last.refuse(all.wire.last.take(), 'unavailable');
  await settle();
  all.wire.last.push(CHANNEL, 'deleted', { id: 2, _type: 'todoitem' }, 'e:8');
  const socket = await reconnect(all);
  const request = socket.take();
  assert.deepEqual(request.args, { todo_list_id: 1, channel: 'items', _snapshot: true });
  assert.equal(socket.waiting, 0, 'once is enough');
  socket.subscribed(request, CHANNEL, { position: 'e:9', snapshot: [item(5, 'x')] });
  assert.deepEqual(ids(all.list.get()), [5]);
});

test('a list that is refused says why', async () => {
  const { list, wire, clock } = listening(open(), {}, { colour: 'red' });
  wire.last.refuse(wire.last.take(), 'bad_request', { error: ['There is no filter "colour".'] });
  await settle();
  assert.equal(list.status, 'error');
  assert.equal(list.error.code, 'bad_request');
  assert.equal(list.error.message, 'There is no filter "colour".');
  await clock.advance(60_000);
  assert.equal(wire.last.waiting, 0, 'what is wrong once is wrong again');
  list.reload();
  assert.equal(list.status, 'loading');
  assert.equal(list.error, null);
  wire.last.subscribed(wire.last.take(), 'todoitem|colour:red', { position: 'e:1', snapshot: [] });
  assert.equal(list.status, 'live');
});

test('a server that cannot just now is asked again, with growing waits', async () => {
  const { list, wire, clock } = listening();
  for (const wait of [249, 499, 999]) {
    wire.last.refuse(wire.last.take(), 'unavailable');
    await settle();
    await clock.advance(wait - 1);
    assert.equal(wire.last.waiting, 0);
    await clock.advance(1);
  }
  wire.last.subscribed(wire.last.take(), CHANNEL, { position: 'e:1', snapshot: [item(1, 'a')] });
  assert.equal(list.status, 'live');
});

test('a list that is refused after an outage says why, and keeps what it showed', async () => {
  const all = live();
  const socket = await reconnect(all);
  socket.refuse(socket.take(), 'denied');
  assert.equal(all.list.status, 'error');
  assert.equal(all.list.error.code, 'denied');
  assert.deepEqual(ids(all.list.get()), [1, 2]);
});

test('a server that sends no snapshot is told of', async () => {
  const { list, wire } = listening();
  wire.last.subscribed(wire.last.take(), CHANNEL, {});
  await settle();
  assert.equal(list.status, 'error');
  assert.equal(list.error.code, 'protocol');
});

test('a connection that is closed for good is an error', async () => {
  for (const all of [live(), listening()]) {
    all.wire.last.drop(4001);
    await settle();
    assert.equal(all.list.status, 'error');
    assert.equal(all.list.error.code, 'closed');
    assert.equal(all.list.error.closeCode, 4001);
  }
});

test('two lists on one subscription: each with its own order, both live, ended by the last', async () => {
  const all = live();
  const second = liveList(all.client, 'todo-item', FILTERS, { order: '-text', channel: 'second', linger: 0, timers: all.clock.timers });
  const stop = second.subscribe(() => {});
  all.wire.last.subscribed(all.wire.last.take(), CHANNEL, { position: 'e:1', snapshot: [item(1, 'b'), item(2, 'a')] });
  all.wire.last.push(CHANNEL, 'created', item(3, 'c'), 'e:2');
  assert.deepEqual(ids(all.list.get()), [1, 2, 3]);
  assert.deepEqual(ids(second.get()), [3, 1, 2]);
  stop();
  await all.clock.advance(0);
  assert.equal(all.wire.last.waiting, 0);
  all.wire.last.push(CHANNEL, 'created', item(4, 'd'), 'e:3');
  assert.deepEqual(ids(all.list.get()), [1, 2, 3, 4]);
  assert.deepEqual(second.get(), []);
});

test('filters are those of the moment', () => {
  const filters = { todo_list_id: 1 };
  const { wire, stop, clock } = listening(open(), {}, filters);
  filters.todo_list_id = 2;
  assert.equal(wire.last.take().args.todo_list_id, 1);
  stop();
  return clock.advance(1_000).then(() => assert.equal(wire.last.take().args.todo_list_id, 1));
});

test('a key named __proto__ changes no prototype', () => {
  const evil = JSON.parse('{"id":1,"_type":"todoitem","text":"b","__proto__":{"admin":true}}');
  const { list, wire } = live([evil]);
  assert.equal(list.get()[0].admin, undefined);
  wire.last.push(CHANNEL, 'updated', { ...item(1, 'c') });
  wire.last.say(`{"channel":"${CHANNEL}","action":"updated","data":{"id":1,"_type":"todoitem","__proto__":{"admin":true}}}`);
  assert.equal(list.get()[0].admin, undefined);
});

test('no timer is left behind', async () => {
  const { client, clock, stop } = live();
  stop();
  await clock.advance(1_000);
  client.close();
  assert.equal(clock.pending, 0);
});

test('rows that nest: what the server says of related models is kept true below them', () => {
  const all = open();
  const list = liveList(all.client, 'company', {}, { timers: all.clock.timers, channel: 'companies', order: 'name' });
  const seen = [];
  list.subscribe((rows) => seen.push(rows));
  const map = [{ parent_type: 'company', child_type: 'staff', via: 'company', prop_name: 'staff_set', is_collection: true }];
  const staff = (id, company) => ({ id, _type: 'staff', name: `s${id}`, company });
  const company = (id, staff_set) => ({ id, _type: 'company', name: `c${id}`, staff_set });
  const snapshot = [company(1, [staff(1, 1), staff(2, 1)]), company(2, [])];
  const channel_data = { local_channel: 'companies', remote_channels: ['company|', 'staff|'], action: 'subscribe' };
  all.wire.last.answer(all.wire.last.take(), map, { positions: { 'company|': 'a:1', 'staff|': 'b:1' } }, { snapshot, channel_data });
  assert.equal(list.status, 'live');

  const before = list.get();
  all.wire.last.push('staff|', 'updated', { id: 1, _type: 'staff', name: 'new' });
  const after = list.get();
  assert.equal(after[0].staff_set[0].name, 'new');
  assert.equal(before[0].staff_set[0].name, 's1', 'what was handed out does not change');
  assert.equal(after[0].staff_set[1], before[0].staff_set[1]);
  assert.equal(after[1], before[1]);

  all.wire.last.push('staff|', 'updated', { id: 2, _type: 'staff', company: 2 });
  assert.deepEqual(list.get().map((row) => ids(row.staff_set)), [[1], [2]]);
  all.wire.last.push('company|', 'updated', { id: 1, _type: 'company', name: 'last', staff_set: [1] });
  assert.deepEqual(list.get().map((row) => [row.name, ids(row.staff_set)]), [['c2', [2]], ['last', [1]]], 'sorted anew');
  all.wire.last.push('staff|', 'created', staff(3, 1));
  all.wire.last.push('staff|', 'deleted', { id: 1, _type: 'staff' });
  assert.deepEqual(list.get().map((row) => ids(row.staff_set)), [[2], [3]]);

  const told = seen.length;
  all.wire.last.push('staff|', 'updated', { id: 9, _type: 'staff', name: 'half', company: 1 });
  all.wire.last.push('company|', 'updated', { id: 9, _type: 'company', name: 'half' });
  all.wire.last.push('staff|', 'created', staff(3, 1));
  assert.equal(seen.length, told, 'half a row is never shown, and what changes nothing is not told');
});

test('a row of the snapshot that leaves one of its relations stays in the others', () => {
  const all = open();
  const list = liveList(all.client, 'staff', {}, { timers: all.clock.timers, channel: 'people' });
  list.subscribe(() => {});
  const place = (prop_name, via) => ({ parent_type: 'staff', child_type: 'note', via, prop_name, is_collection: true, channel: `note|~${prop_name}` });
  const note = { id: 1, _type: 'note', text: 'n' };
  const snapshot = [{ id: 1, _type: 'staff', notes: [note], edited: [note] }];
  const channel_data = { local_channel: 'people', remote_channels: ['staff|', 'note|~notes', 'note|~edited'], action: 'subscribe' };
  const positions = { 'staff|': 'a:1', 'note|~notes': 'b:1', 'note|~edited': 'c:1' };
  all.wire.last.answer(all.wire.last.take(), [place('notes', 'staff'), place('edited', 'editor')], { positions }, { snapshot, channel_data });
  all.wire.last.push('note|~edited', 'deleted', { id: 1, _type: 'note' });
  assert.deepEqual(list.get(), [{ id: 1, _type: 'staff', notes: [note], edited: [] }]);
});

test('relations that come as ids destroy nothing in a flat list either', () => {
  const { list, wire } = live([item(1, 'a', { tags: [{ id: 4, _type: 'tag', name: 't' }] })]);
  const before = list.get()[0];
  wire.last.push(CHANNEL, 'updated', { id: 1, _type: 'todoitem', text: 'b', tags: [4] });
  assert.deepEqual(list.get(), [item(1, 'b', { tags: [{ id: 4, _type: 'tag', name: 't' }] })]);
  wire.last.push(CHANNEL, 'updated', { id: 1, _type: 'todoitem', tags: [] });
  assert.deepEqual(list.get()[0].tags, []);
  assert.equal(before.tags.length, 1);
});

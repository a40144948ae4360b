import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, outcome, reconnect, settle, setup } from './support/fake.js';

test('each verb sends its request and resolves to the data', async () => {
  const { client, wire } = open();
  const cases = [
    [client.getList('r', { a: 1 }), 'get_list', { a: 1 }, []],
    [client.getSingle('r', { id: 1 }), 'get_single', { id: 1 }, { id: 1 }],
    [client.create('r', { text: 'x' }), 'create', { text: 'x' }, { id: 2 }],
    [client.update('r', { id: 1, text: 'y' }), 'update', { id: 1, text: 'y' }, { id: 1 }],
    [client.delete('r', { id: 1 }), 'delete', { id: 1 }, { id: 1 }],
    [client.callRouter('shout', 'r', { text: 'hey' }), 'shout', { text: 'hey' }, 'HEY'],
    [client.getList('r'), 'get_list', {}, []],
  ];
  for (const [index, [promise, verb, args, data]] of cases.entries()) {
    const request = wire.last.take();
    assert.deepEqual(request, { route: 'r', verb, args, callbackname: `cb_${index}` });
    wire.last.answer(request, data);
    assert.deepEqual(await promise, data);
  }
});

test('replies find their call in any order', async () => {
  const { client, wire } = open();
  const [first, second] = [client.getSingle('r', { id: 1 }), client.getSingle('r', { id: 2 })];
  const [one, two] = [wire.last.take(), wire.last.take()];
  wire.last.answer(two, 'second');
  wire.last.answer(one, 'first');
  assert.deepEqual(await Promise.all([first, second]), ['first', 'second']);
});

test('a page of a list comes with what the router says about it', async () => {
  const { client, wire } = open();
  const promise = client.getPagedList('r', 2, { done: false });
  const request = wire.last.take();
  assert.deepEqual(request.args, { done: false, _page: 2 });
  const page = { page: 2, page_count: 6, has_next: true, has_previous: true, total_count: 118, per_page: 20 };
  wire.last.answer(request, [{ id: 1 }], { page: 2, client_context: { page } });
  const paged = await promise;
  assert.deepEqual(paged.data, [{ id: 1 }]);
  assert.deepEqual(paged.page, page);
  assert.equal(paged.context.page, 2);
});

test('call gives the context as well', async () => {
  const { client, wire } = open();
  const promise = client.call('whoami', 'r');
  wire.last.answer(wire.last.take(), 'me', { client_context: { since: 2015 } });
  const { data, context } = await promise;
  assert.equal(data, 'me');
  assert.deepEqual(context.client_context, { since: 2015 });
});

test('failures reject with a DragonError', async () => {
  const { client, wire } = open();
  const create = client.create('todo-item', { text: '' });
  wire.last.refuse(wire.last.take(), 'validation', { text: ['Blank.'] });
  await assert.rejects(create, { name: 'DragonError', code: 'validation', errors: { text: ['Blank.'] }, route: 'todo-item', verb: 'create' });
  const list = client.getList('todo-item');
  wire.last.refuse(wire.last.take(), undefined, null, 'login_required');
  await assert.rejects(list, { code: 'login_required', message: 'get_list on todo-item failed: login_required.' });
});

test('args are those of the moment of the call', async () => {
  const { client, wire } = setup();
  const item = { id: 1, done: true };
  outcome(client.update('r', item));
  item.done = false;
  await settle();
  wire.last.accept();
  assert.equal(wire.last.take().args.done, true);
});

test('args that cannot be sent reject, and the client goes on', async () => {
  const { client, wire } = open();
  const cycle = {};
  cycle.cycle = cycle;
  await assert.rejects(client.create('r', cycle), TypeError);
  await assert.rejects(client.subscribe('r', 'c', cycle), TypeError);
  const promise = client.getList('r');
  wire.last.answer(wire.last.take(), []);
  assert.deepEqual(await promise, []);
});

test('calls wait for the connection, and go out in their order', async () => {
  const { client, wire, clock } = setup();
  const calls = [client.create('r', { n: 1 }), client.getList('r'), client.create('r', { n: 2 })].map(outcome);
  wire.last.drop(1006);
  await clock.advance(1_000);
  wire.last.accept();
  assert.deepEqual(wire.last.sent.map(({ verb, args }) => [verb, args.n]), [['create', 1], ['get_list', undefined], ['create', 2]]);
  assert.ok(calls.every((call) => call.state === 'pending'));
});

test('a call times out, the wait for a connection included, and is not sent any more', async () => {
  const { client, wire, clock } = setup();
  const call = outcome(client.create('r', {}));
  await clock.advance(19_999);
  assert.equal(call.state, 'pending');
  await clock.advance(1);
  assert.equal(call.error.code, 'timeout');
  assert.equal(call.error.verb, 'create');
  wire.last.accept();
  assert.equal(wire.last.sent.length, 0);
});

test('a reply after its timeout is dropped', async () => {
  const { client, wire, clock } = open({ timeout: 100 });
  const call = outcome(client.getList('r'));
  await clock.advance(100);
  wire.last.answer(wire.last.take(), []);
  await settle();
  assert.equal(call.error.code, 'timeout');
});

test('the limit can be set for one call, or taken off', async () => {
  const { client, clock } = open();
  const short = outcome(client.callRouter('slow', 'r', {}, { timeout: 10 }));
  const none = outcome(client.callRouter('slow', 'r', {}, { timeout: 0 }));
  await clock.advance(10);
  assert.equal(short.error.code, 'timeout');
  await clock.advance(10_000_000);
  assert.equal(none.state, 'pending');
});

test('what was sent and may have run rejects when the connection drops', async () => {
  const all = open();
  const { client } = all;
  const calls = [client.create('r', {}), client.update('r', { id: 1 }), client.delete('r', { id: 1 }), client.callRouter('shout', 'r', {})].map(outcome);
  const socket = await reconnect(all);
  for (const call of calls) assert.equal(call.error.code, 'disconnected');
  assert.equal(socket.sent.length, 0);
});

test('what only reads is asked again, under the same name', async () => {
  const all = open();
  const { client, wire } = all;
  const [list, single] = [client.getList('r', { a: 1 }), client.getSingle('r', { id: 1 })];
  const before = wire.last.sent;
  const socket = await reconnect(all);
  assert.deepEqual(socket.sent, before);
  socket.answer(socket.take(), [1]);
  socket.answer(socket.take(), { id: 1 });
  assert.deepEqual([await list, await single], [[1], { id: 1 }]);
});

test('what was called during an outage is sent after it', async () => {
  const all = open();
  all.wire.last.drop(1006);
  const create = all.client.create('r', { n: 1 });
  await all.clock.advance(1_000);
  all.wire.last.accept();
  all.wire.last.answer(all.wire.last.take(), { id: 1 });
  assert.deepEqual(await create, { id: 1 });
});

test('replies to nobody are dropped', () => {
  const { wire, client } = open();
  wire.last.say({ data: null, context: { client_callback_name: null, state: 'error', code: 'bad_request' } });
  wire.last.say({ data: null, context: { client_callback_name: 'cb_77', state: 'success' } });
  assert.equal(client.state, 'open');
});

test('no timer is left when all is answered', async () => {
  const { client, wire, clock } = open();
  const promise = client.getList('r');
  wire.last.answer(wire.last.take(), []);
  await promise;
  client.close();
  assert.equal(clock.pending, 0);
});

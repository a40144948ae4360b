// How subscriptions outlive the connection, and what they do not outlive.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIST_1, listening, subscribed } from './support/channels.js';
import { open, outcome, reconnect, settle, setup } from './support/fake.js';

test('after a resync there is no position until the rows are loaded anew, whatever is pushed', async () => {
  const all = listening();
  await subscribed(all, 'rows', {}, 'todoitem|', { position: 'e:1', snapshot: [] }, { snapshot: true });
  all.wire.last.say({ action: 'resync', channel: 'todoitem|' });
  all.wire.last.push('todoitem|', 'deleted', { id: 1, _type: 'todoitem' }, 'e:8');
  let socket = await reconnect(all);
  assert.deepEqual(socket.sent.map(({ args }) => args), [{ channel: 'rows', _snapshot: true }]);
  socket.subscribed(socket.take(), 'todoitem|', { position: 'e:9', snapshot: [] });
  socket.push('todoitem|', 'deleted', { id: 2, _type: 'todoitem' }, 'e:10');
  socket = await reconnect(all);
  assert.equal(socket.take().args._since, 'e:10');
});

test('after a resync an answer without rows mends nothing, and one with rows does', async () => {
  const all = listening();
  await subscribed(all, 'rows', {}, 'todoitem|', { position: 'e:1', snapshot: [] }, { snapshot: true });
  all.wire.last.say({ action: 'resync', channel: 'todoitem|' });
  await subscribed(all, 'plain', {}, 'todoitem|', { position: 'e:8' });
  let socket = await reconnect(all);
  assert.equal('_since' in socket.sent[0].args, false);
  socket.subscribed(socket.take(), 'todoitem|', { position: 'e:9', snapshot: [] });
  socket.say({ action: 'resync', channel: 'todoitem|' });
  await subscribed(all, 'rows', {}, 'todoitem|', { position: 'e:10', snapshot: [] }, { snapshot: true });
  socket = await reconnect(all);
  assert.equal(socket.take().args._since, 'e:10');
});

test('a hole in one of several channels is a hole in the subscription', async () => {
  const all = open();
  const remotes = ['company|id:1', 'staff|company__id:1'];
  const context = { positions: { [remotes[0]]: 'e:1', [remotes[1]]: 'f:1' } };
  outcome(all.client.subscribe('company', 'co', { id: 1 }, { since: context.positions }));
  all.wire.last.answer(all.wire.last.take(), [], context, { channel_data: { remote_channels: remotes } });
  all.wire.last.say({ action: 'resync', channel: remotes[1] });
  all.wire.last.push(remotes[0], 'created', { id: 1, _type: 'company' }, 'e:2');
  const socket = await reconnect(all);
  assert.deepEqual(socket.take().args, { id: 1, channel: 'co' });
});

test('after an outage everything is subscribed again, from its last position', async () => {
  const all = listening();
  await subscribed(all, 'one', { todo_list__id: 1 }, LIST_1, { position: 'e:1' });
  await subscribed(all, 'two', { done: false }, 'todoitem|done:False', { position: 'e:1' });
  all.wire.last.push(LIST_1, 'deleted', { id: 1, _type: 'todoitem' }, 'e:7');
  all.answers.length = 0;
  const socket = await reconnect(all);
  const [one, two] = [socket.take(), socket.take()];
  assert.deepEqual(one.args, { todo_list__id: 1, channel: 'one', _since: 'e:7' });
  assert.deepEqual(two.args, { done: false, channel: 'two', _since: 'e:1' });
  socket.subscribed(one, LIST_1, { position: 'e:9', recovered: true });
  socket.subscribed(two, 'todoitem|done:False', { position: 'f:1', recovered: false });
  assert.deepEqual(
    all.answers.map(({ route, channel, channels, resumed, recovered, position, error }) => ({ route, channel, channels, resumed, recovered, position, error })),
    [
      { route: 'todo-item', channel: 'one', channels: [LIST_1], resumed: true, recovered: true, position: 'e:7', error: null },
      { route: 'todo-item', channel: 'two', channels: ['todoitem|done:False'], resumed: true, recovered: false, position: 'f:1', error: null },
    ],
  );
});

test('a drop before what was missed has arrived: it is named again', async () => {
  const all = open();
  await subscribed(all, 'todos', {}, 'todoitem|', { position: 'e:1' });
  let socket = await reconnect(all);
  socket.subscribed(socket.take(), 'todoitem|', { position: 'e:9', recovered: true });
  socket.push('todoitem|', 'deleted', { id: 1, _type: 'todoitem' }, 'e:2');
  socket = await reconnect(all);
  assert.equal(socket.take().args._since, 'e:2');
});

test('several names on one subscription are resumed by one request, and each is told', async () => {
  const all = listening();
  await subscribed(all, 'a', {}, 'todoitem|', { position: 'e:1' });
  await subscribed(all, 'b', {}, 'todoitem|', { position: 'e:1', snapshot: [] }, { snapshot: true });
  all.answers.length = 0;
  const socket = await reconnect(all);
  assert.equal(socket.sent.length, 1);
  assert.deepEqual(socket.sent[0].args, { channel: 'a', _since: 'e:1', _snapshot: true });
  socket.subscribed(socket.take(), 'todoitem|', { position: 'e:2', recovered: true });
  assert.deepEqual(all.answers.map(({ channel, recovered }) => [channel, recovered]), [['a', true], ['b', true]]);
});

test('several channels in one subscription have a position each', async () => {
  const all = open();
  const remotes = ['company|id:1', 'staff|company__id:1'];
  outcome(all.client.subscribe('company', 'co', { id: 1 }));
  const request = all.wire.last.take();
  all.wire.last.answer(request, [], { positions: { [remotes[0]]: 'e:1', [remotes[1]]: 'f:1' } }, { channel_data: { remote_channels: remotes } });
  all.wire.last.push(remotes[1], 'created', { id: 1, _type: 'staff' }, 'f:2');
  const socket = await reconnect(all);
  assert.deepEqual(socket.take().args._since, { [remotes[0]]: 'e:1', [remotes[1]]: 'f:2' });
});

test('a channel without positions is subscribed again and told as not recovered', async () => {
  const all = listening();
  await subscribed(all, 'chat', {}, 'chatroom');
  const socket = await reconnect(all);
  const request = socket.take();
  assert.deepEqual(request.args, { channel: 'chat' });
  socket.subscribed(request, 'chatroom');
  assert.equal(all.answers.at(-1).recovered, false);
  assert.equal(all.answers.at(-1).resumed, true);
});

test('a subscribe in flight when the connection drops is made again', async () => {
  const all = open();
  const call = outcome(all.client.subscribe('todo-item', 'todos', {}, { snapshot: true }));
  const before = all.wire.last.take();
  const socket = await reconnect(all);
  assert.equal(call.state, 'pending');
  const request = socket.take();
  assert.deepEqual(request.args, before.args);
  socket.subscribed(request, 'todoitem|', { position: 'e:1', snapshot: [] });
  await settle();
  assert.equal(call.value.position, 'e:1');
});

test('a subscribe during an outage waits for the connection, up to its limit', async () => {
  const all = setup({ timeout: 5_000 });
  const call = outcome(all.client.subscribe('todo-item', 'todos'));
  const patient = outcome(all.client.subscribe('todo-list', 'lists', {}, { timeout: 0 }));
  await all.clock.advance(5_000);
  assert.equal(call.error.code, 'timeout');
  all.wire.last.accept();
  assert.deepEqual(all.wire.last.sent.map(({ route }) => route), ['todo-list']);
  assert.equal(patient.state, 'pending');
});

test('a subscribe that is not answered in time is taken back', async () => {
  const all = open({ timeout: 1_000 });
  const call = outcome(all.client.subscribe('todo-item', 'todos'));
  await all.clock.advance(1_000);
  assert.equal(call.error.code, 'timeout');
  assert.deepEqual(all.wire.last.sent.map(({ verb }) => verb), ['subscribe', 'unsubscribe']);
  const socket = await reconnect(all);
  assert.equal(socket.sent.length, 0);
});

test('a subscription that is refused after an outage is told and over', async () => {
  const all = listening();
  await subscribed(all, 'todos', {}, 'todoitem|', { position: 'e:1' });
  let socket = await reconnect(all);
  socket.refuse(socket.take(), 'denied');
  assert.equal(all.answers.at(-1).error.code, 'denied');
  assert.equal(all.answers.at(-1).channel, 'todos');
  socket = await reconnect(all);
  assert.equal(socket.sent.length, 0);
});

test('a resume that fails for the moment is tried again', async () => {
  const all = listening();
  await subscribed(all, 'todos', {}, 'todoitem|', { position: 'e:1' });
  all.answers.length = 0;
  const socket = await reconnect(all);
  socket.refuse(socket.take(), 'unavailable');
  await all.clock.advance(250);
  socket.refuse(socket.take(), 'unavailable');
  await all.clock.advance(500);
  const request = socket.take();
  assert.equal(request.args._since, 'e:1');
  socket.subscribed(request, 'todoitem|', { position: 'e:2', recovered: true });
  assert.deepEqual(all.answers.map(({ recovered }) => recovered), [true]);
});

test('the last local name leaving during an outage needs no word', async () => {
  const all = open();
  await subscribed(all, 'todos', {}, 'todoitem|', { position: 'e:1' });
  all.wire.last.drop(1006);
  assert.equal(await all.client.unsubscribe('todo-item', 'todos'), 'unsubscribed');
  await all.clock.advance(1_000);
  all.wire.last.accept();
  assert.equal(all.wire.last.sent.length, 0);
});

test('an unsubscribe in flight when the connection drops has what it wanted', async () => {
  const all = open();
  await subscribed(all, 'todos', {}, 'todoitem|', { position: 'e:1' });
  const left = all.client.unsubscribe('todo-item', 'todos');
  await reconnect(all);
  assert.equal(await left, 'unsubscribed');
  assert.equal(all.wire.last.sent.length, 0);
});

// Two spellings of one filter are two subscriptions here and one channel there.

test('a spelling of a filter is not ended while another one lives', async () => {
  const all = listening();
  await subscribed(all, 'a', { todo_list__id: 1 }, LIST_1, { position: 'e:1' });
  await subscribed(all, 'b', { todo_list_id: 1 }, LIST_1, { position: 'e:1' });
  assert.equal(await all.client.unsubscribe('todo-item', 'a', { todo_list__id: 1 }), 'unsubscribed');
  assert.equal(all.wire.last.waiting, 0);
  all.wire.last.push(LIST_1, 'deleted', { id: 1, _type: 'todoitem' }, 'e:2');
  assert.deepEqual(all.messages.map(([channels]) => channels), [['b']]);
});

test('a spelling that an end took away unseen is resumed from its position', async () => {
  const all = listening();
  await subscribed(all, 'a', { todo_list__id: 1 }, LIST_1, { position: 'e:1' });
  outcome(all.client.subscribe('todo-item', 'b', { todo_list_id: 1 }));
  outcome(all.client.unsubscribe('todo-item', 'b', { todo_list_id: 1 }));
  const [start, end] = [all.wire.last.take(), all.wire.last.take()];
  all.wire.last.subscribed(start, LIST_1, { position: 'e:1' });
  all.wire.last.subscribed(end, LIST_1);
  const again = all.wire.last.take();
  assert.deepEqual(again.args, { todo_list__id: 1, channel: 'a', _since: 'e:1' });
  all.wire.last.subscribed(again, LIST_1, { position: 'e:1', recovered: true });
  all.wire.last.push(LIST_1, 'deleted', { id: 1, _type: 'todoitem' }, 'e:2');
  assert.deepEqual(all.messages.map(([channels]) => channels), [['a']]);
});

test('a position is not carried across what an entry has not caught up with yet', async () => {
  const all = open();
  await subscribed(all, 'a', { todo_list__id: 1 }, LIST_1, { position: 'e:1' });
  await subscribed(all, 'b', { todo_list_id: 1 }, LIST_1, { position: 'e:1' });
  let socket = await reconnect(all);
  socket.subscribed(socket.take(), LIST_1, { position: 'e:9', recovered: true });
  for (let n = 2; n <= 9; n += 1) socket.push(LIST_1, 'updated', { id: 1, _type: 'todoitem', n }, `e:${n}`);
  socket = await reconnect(all); // Before the second spelling was answered.
  assert.deepEqual(socket.sent.map(({ args }) => [args.channel, args._since]), [['a', 'e:9'], ['b', 'e:1']]);
});

test('who waits for a fresh snapshot when the connection drops gets one, and not a resume', async () => {
  const all = listening();
  await subscribed(all, 'a', {}, 'todoitem|', { position: 'e:1', snapshot: [] }, { snapshot: true });
  const reload = outcome(all.client.subscribe('todo-item', 'a', {}, { snapshot: true }));
  all.wire.last.push('todoitem|', 'deleted', { id: 1, _type: 'todoitem' }, 'e:8');
  const socket = await reconnect(all);
  assert.deepEqual(socket.sent.map(({ args }) => args), [{ channel: 'a', _snapshot: true }]);
  socket.subscribed(socket.take(), 'todoitem|', { position: 'f:1', snapshot: [{ id: 5 }] });
  await settle();
  assert.deepEqual(reload.value.snapshot, [{ id: 5 }]);
});

test('a plain subscribe repeated when the connection drops is resumed, not begun anew', async () => {
  const all = listening();
  await subscribed(all, 'a', {}, 'todoitem|', { position: 'e:1' });
  const again = outcome(all.client.subscribe('todo-item', 'a'));
  const socket = await reconnect(all);
  assert.deepEqual(socket.sent.map(({ args }) => args), [{ channel: 'a', _since: 'e:1' }]);
  socket.subscribed(socket.take(), 'todoitem|', { position: 'e:2', recovered: true });
  await settle();
  assert.equal(again.value.recovered, true);
});

test('filters are those of the moment', async () => {
  const all = open();
  const filters = { done: false };
  await subscribed(all, 'a', filters, 'todoitem|done:False', { position: 'e:1' });
  filters.done = true;
  const socket = await reconnect(all);
  assert.equal(socket.take().args.done, false);
});

// What is subscribed on one connection.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIST_1, listening, subscribed } from './support/channels.js';
import { open, outcome, reconnect, settle, setup } from './support/fake.js';

test('subscribe sends filters and local name, and resolves to what was opened', async () => {
  const { client, wire } = open();
  const promise = client.subscribe('todo-item', 'todos', { todo_list__id: 1 });
  const request = wire.last.take();
  assert.deepEqual(request.args, { todo_list__id: 1, channel: 'todos' });
  wire.last.subscribed(request, LIST_1, { position: 'e:5' });
  const { data, snapshot, position, recovered, channels, context } = await promise;
  assert.deepEqual({ data, snapshot, position, recovered, channels }, {
    data: [],
    snapshot: undefined,
    position: 'e:5',
    recovered: false,
    channels: [LIST_1],
  });
  assert.equal(context.state, 'success');
});

test('with a snapshot, and from a position of your own', async () => {
  const { client, wire } = open();
  const promise = client.subscribe('todo-item', 'todos', {}, { snapshot: true, since: 'e:3' });
  const request = wire.last.take();
  assert.deepEqual(request.args, { channel: 'todos', _snapshot: true, _since: 'e:3' });
  wire.last.subscribed(request, 'todoitem|', { position: 'e:5', recovered: false, snapshot: [{ id: 1 }] });
  const result = await promise;
  assert.deepEqual(result.snapshot, [{ id: 1 }]);
  assert.equal(result.recovered, false);
});

test('a message comes with its local channels', async () => {
  const all = listening();
  await subscribed(all, 'todos', { todo_list__id: 1 }, LIST_1);
  all.wire.last.push(LIST_1, 'created', { id: 9, _type: 'todoitem' }, 'e:6');
  assert.equal(all.messages.length, 1);
  const [channels, message] = all.messages[0];
  assert.deepEqual(channels, ['todos']);
  assert.equal(message.action, 'created');
  assert.equal(message.position, 'e:6');
});

test('many local names on one remote channel, one message', async () => {
  const all = listening();
  await subscribed(all, 'a', { todo_list__id: 1 }, LIST_1);
  await subscribed(all, 'b', { todo_list__id: 1 }, LIST_1);
  all.wire.last.push(LIST_1, 'deleted', { id: 9, _type: 'todoitem' });
  assert.deepEqual(all.messages.map(([channels]) => channels), [['a', 'b']]);
});

test('one local name on several subscriptions', async () => {
  const all = listening();
  await subscribed(all, 'todos', { todo_list__id: 1 }, LIST_1);
  await subscribed(all, 'todos', { done: false }, 'todoitem|done:False');
  all.wire.last.push(LIST_1, 'deleted', { id: 1, _type: 'todoitem' });
  all.wire.last.push('todoitem|done:False', 'deleted', { id: 1, _type: 'todoitem' });
  assert.deepEqual(all.messages.map(([channels]) => channels), [['todos'], ['todos']]);
});

test("a router's own message, without action, comes whole", async () => {
  const all = listening();
  await subscribed(all, 'chat', {}, 'chatroom');
  all.wire.last.say({ channel: 'chatroom', text: 'hello', context: { client_callback_name: 'cb_0' } });
  assert.equal(all.messages[0][1].text, 'hello');
});

test('a message for an unknown channel is ignored', async () => {
  const all = listening();
  await subscribed(all, 'todos', {}, 'todoitem|');
  all.wire.last.push('todolist|', 'created', { id: 1, _type: 'todolist' }, 'e:1');
  assert.equal(all.messages.length, 0);
});

test('a message in the same breath as the reply before it is heard', () => {
  const all = listening();
  outcome(all.client.subscribe('todo-item', 'todos'));
  all.wire.last.subscribed(all.wire.last.take(), 'todoitem|', { position: 'e:1' });
  all.wire.last.push('todoitem|', 'created', { id: 1, _type: 'todoitem' }, 'e:2');
  assert.equal(all.messages.length, 1);
});

test('resync is surfaced', async () => {
  const all = listening();
  await subscribed(all, 'todos', {}, 'todoitem|', { position: 'e:1' }, { snapshot: true });
  all.wire.last.say({ action: 'resync', channel: 'todoitem|' });
  assert.deepEqual(all.messages[0], [['todos'], { action: 'resync', channel: 'todoitem|' }]);
});

test('unsubscribe sends the same filters, and nothing is heard after it', async () => {
  const all = listening();
  await subscribed(all, 'todos', { todo_list__id: 1 }, LIST_1);
  const promise = all.client.unsubscribe('todo-item', 'todos', { todo_list__id: 1 });
  all.wire.last.push(LIST_1, 'deleted', { id: 1, _type: 'todoitem' });
  const request = all.wire.last.take();
  assert.equal(request.verb, 'unsubscribe');
  assert.deepEqual(request.args, { todo_list__id: 1, channel: 'todos' });
  all.wire.last.subscribed(request, LIST_1);
  assert.equal(await promise, 'unsubscribed');
  assert.equal(all.messages.length, 0);
  await reconnect(all);
  assert.equal(all.wire.last.sent.length, 0);
});

test('the order of filter keys does not matter', async () => {
  const all = open();
  await subscribed(all, 'todos', { a: 1, b: 2 }, 'x|');
  outcome(all.client.unsubscribe('todo-item', 'todos', { b: 2, a: 1 }));
  assert.equal(all.wire.last.take().verb, 'unsubscribe');
});

test('unsubscribing what is not subscribed is acknowledged without a word', async () => {
  const { client, wire } = open();
  assert.equal(await client.unsubscribe('todo-item', 'todos'), 'unsubscribed');
  assert.equal(wire.last.sent.length, 0);
});

test('the server is told only when the last local name leaves', async () => {
  const all = open();
  await subscribed(all, 'a', {}, 'todoitem|');
  await subscribed(all, 'b', {}, 'todoitem|');
  assert.equal(await all.client.unsubscribe('todo-item', 'a'), 'unsubscribed');
  assert.equal(all.wire.last.waiting, 0);
  outcome(all.client.unsubscribe('todo-item', 'b'));
  assert.equal(all.wire.last.take().verb, 'unsubscribe');
});

test('a late end of an old subscription does not touch a newer one', async () => {
  const all = listening();
  await subscribed(all, 'todos', {}, 'todoitem|', { position: 'e:1' });
  const left = outcome(all.client.unsubscribe('todo-item', 'todos'));
  const again = outcome(all.client.subscribe('todo-item', 'todos'));
  const [end, start] = [all.wire.last.take(), all.wire.last.take()];
  all.wire.last.push('todoitem|', 'deleted', { id: 1, _type: 'todoitem' }, 'e:2');
  assert.equal(all.messages.length, 0, 'what the old one still brings is not for the new one');
  all.wire.last.subscribed(end, 'todoitem|');
  all.wire.last.subscribed(start, 'todoitem|', { position: 'e:2' });
  all.wire.last.push('todoitem|', 'deleted', { id: 2, _type: 'todoitem' }, 'e:3');
  await settle();
  assert.equal(left.state, 'resolved');
  assert.equal(again.state, 'resolved');
  assert.deepEqual(all.messages.map(([, message]) => message.data.id), [2]);
  assert.equal(all.wire.last.waiting, 0, 'nothing was revived, for nothing was lost');
});

test('an answer to a subscribe that was taken back changes nothing', async () => {
  const all = listening();
  const first = outcome(all.client.subscribe('todo-item', 'todos'));
  outcome(all.client.unsubscribe('todo-item', 'todos'));
  await settle();
  assert.equal(first.error.code, 'cancelled');
  const [start, end] = [all.wire.last.take(), all.wire.last.take()];
  all.wire.last.subscribed(start, 'todoitem|');
  all.wire.last.push('todoitem|', 'deleted', { id: 1, _type: 'todoitem' });
  all.wire.last.subscribed(end, 'todoitem|');
  assert.equal(all.messages.length, 0);
  assert.equal(all.answers.length, 0);
});

test('a subscribe that is repeated before its answer: both get the newer one', async () => {
  const all = listening();
  const calls = [all.client.subscribe('todo-item', 'todos'), all.client.subscribe('todo-item', 'todos', {}, { snapshot: true })].map(outcome);
  const [one, two] = [all.wire.last.take(), all.wire.last.take()];
  all.wire.last.subscribed(one, 'todoitem|', { position: 'e:1' });
  all.wire.last.subscribed(two, 'todoitem|', { position: 'e:2', snapshot: [] });
  await settle();
  assert.deepEqual(calls.map(({ value }) => value.position), ['e:2', 'e:2']);
});

test('a subscribe that is repeated goes on hearing what the first one brings', async () => {
  const all = listening();
  await subscribed(all, 'todos', {}, 'todoitem|', { position: 'e:1' });
  outcome(all.client.subscribe('todo-item', 'todos'));
  all.wire.last.push('todoitem|', 'deleted', { id: 1, _type: 'todoitem' }, 'e:2');
  assert.equal(all.messages.length, 1);
});

test('a subscription that is refused rejects and leaves nothing behind', async () => {
  const all = open();
  const call = outcome(all.client.subscribe('todo-item', 'todos', { colour: 'red' }));
  all.wire.last.refuse(all.wire.last.take(), 'bad_request', { error: ['No filter named colour.'] });
  await settle();
  assert.equal(call.error.code, 'bad_request');
  assert.equal(call.error.message, 'No filter named colour.');
  const socket = await reconnect(all);
  assert.equal(socket.sent.length, 0);
});

test('a snapshot is given to every list on the subscription, for the server went on from it', async () => {
  const all = listening();
  await subscribed(all, 'a', {}, 'todoitem|', { position: 'e:1', snapshot: [] }, { snapshot: true });
  await subscribed(all, 'plain', {}, 'todoitem|', { position: 'e:1' });
  all.answers.length = 0;
  await subscribed(all, 'b', {}, 'todoitem|', { position: 'e:4', snapshot: [{ id: 1 }] }, { snapshot: true });
  assert.deepEqual(all.answers.map(({ channel, resumed, snapshot }) => [channel, resumed, snapshot.length]), [['b', false, 1], ['a', true, 1]]);
});

test('who subscribes again while being told waits for the new answer', async () => {
  const all = open();
  let again;
  const stop = all.client.onSubscription(() => {
    stop();
    again = outcome(all.client.subscribe('todo-item', 'a', {}, { snapshot: true }));
  });
  const first = outcome(all.client.subscribe('todo-item', 'a', {}, { snapshot: true }));
  all.wire.last.subscribed(all.wire.last.take(), 'todoitem|', { position: 'e:1', snapshot: [] });
  await settle();
  assert.equal(first.state, 'resolved');
  assert.equal(again.state, 'pending');
  const socket = await reconnect(all);
  assert.deepEqual(socket.take().args, { channel: 'a', _snapshot: true });
});

test('close ends what waits', async () => {
  const all = setup();
  const call = outcome(all.client.subscribe('todo-item', 'todos'));
  all.client.close();
  await settle();
  assert.equal(call.error.code, 'closed');
  assert.equal(all.clock.pending, 0);
});

// SwampDragon's own `swampdragon` and `$dragon` beside ours: the same page, the same server, and the same must be sent
// and told. Where ours does more (calls while disconnected, logins, resuming), compat.test.js has it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { angularModule, createSwampDragon } from '../compat.js';
import { Clock, fakeWire, settle } from './support/fake.js';
import { originalService, originalSwampDragon } from './support/original.js';

const plain = (value) => JSON.parse(JSON.stringify(value ?? null)); // Of one realm, to be compared.

function sides() {
  const [clock, wire] = [new Clock(), fakeWire()];
  const original = { wire: fakeWire(), clock: new Clock() };
  original.page = originalSwampDragon({
    SockJS: original.wire.WebSocket,
    timers: original.clock.timers,
    host: 'http://test',
    endpoint: '/data',
  });
  const options = { url: 'ws://test/ws', WebSocket: wire.WebSocket, timers: clock.timers, network: null, random: () => 0 };
  const ours = { wire, clock, page: createSwampDragon(options) };
  return [original, ours];
}

/** Plays one page against one server on both sides; returns what each sent and was told. */
async function play(script) {
  const logs = [];
  for (const side of sides()) {
    const log = [];
    const note = (name) => (...args) => log.push([name, ...args.map(plain)]);
    await script(side.page, side.wire, note, side);
    await settle();
    for (const socket of side.wire.sockets) {
      for (const { callbackname, ...request } of socket.sent) log.push(['sent', typeof callbackname, request]);
    }
    // Names of callbacks are each side's own; what ours adds is additive.
    logs.push(JSON.parse(JSON.stringify(log), (key, value) => (key === 'client_callback_name' ? undefined : value)));
  }
  return logs;
}

async function same(script) {
  const [original, ours] = await play(script);
  assert.deepEqual(ours, original);
  return ours;
}

test('every call, answered and refused', async () => {
  const log = await same((page, wire, note) => {
    wire.last.accept();
    const calls = [
      (on) => page.getSingle('item', { id: 1 }, ...on),
      (on) => page.getList('item', { list_id: 1 }, ...on),
      (on) => page.getPagedList('item', { a: 1 }, 3, ...on),
      (on) => page.getPagedList('item', {}, null, ...on),
      (on) => page.create('item', { text: 'Milk' }, ...on),
      (on) => page.update('item', { id: 1, text: 'Milk', $$hashKey: '001' }, ...on),
      (on) => page.delete('item', { id: 1 }, ...on),
      (on) => page.callRouter('shout', 'item', { a: [1, { b: null }] }, ...on),
      (on) => page.callRouter('shout', 'item', { a: 1 }, ...on, 'here'),
    ];
    for (const call of calls) {
      call([note('success'), note('failure')]);
      wire.last.answer(wire.last.take(), [{ id: 1 }], { client_context: { page: 1 } });
      call([note('success'), note('failure')]);
      wire.last.refuse(wire.last.take(), 'validation', { text: ['No.'] });
      call([null, null]);
      wire.last.answer(wire.last.take(), null);
    }
  });
  assert.equal(log.length, 9 * 5);
});

test('the page of the talk: subscribe, lists, messages, a toggle', async () => {
  await same((page, wire, note) => {
    page.ready(note('ready'));
    page.open(note('open'));
    page.close(note('close'));
    page.onChannelMessage(note('message'));
    wire.last.accept();
    page.subscribe('todo-item', 'todos', { todo_list__id: 1 }, note('subscribed'), note('failure'));
    page.getSingle('todo-list', { id: 1 }, note('list'));
    page.getList('todo-item', { list_id: 1 }, note('items'));
    wire.last.subscribed(wire.last.take(), 'todoitem|todo_list__id:1');
    wire.last.answer(wire.last.take(), { id: 1, _type: 'todolist' });
    wire.last.answer(wire.last.take(), [{ id: 1, _type: 'todoitem', done: false }]);
    page.update('todo-item', { id: 1, _type: 'todoitem', done: true }, note('updated'));
    wire.last.answer(wire.last.take(), { id: 1, _type: 'todoitem', done: true });
    for (const action of ['updated', 'created', 'deleted']) wire.last.push('todoitem|todo_list__id:1', action, { id: 1, _type: 'todoitem' });
    wire.last.say({ channel: 'todoitem|todo_list__id:1', text: 'hello' });
  });
});

test('one name for several subscriptions, and several names for one', async () => {
  await same((page, wire, note) => {
    wire.last.accept();
    page.onChannelMessage(note('message'));
    for (const [name, args, remotes] of [
      ['both', { a: 1 }, ['r1']],
      ['both', { a: 2 }, ['r2', 'r3']],
      ['more', { a: 1 }, ['r1']],
    ]) {
      page.subscribe('item', name, args, note('subscribed'));
      wire.last.subscribed(wire.last.take(), remotes);
    }
    for (const remote of ['r1', 'r2', 'r3']) wire.last.push(remote, 'created', { id: remote });
  });
});

test('an outage is told once, and so is its end', async () => {
  await same(async (page, wire, note, { clock }) => {
    page.open(note('open'));
    page.close(note('close'));
    page.ready(note('ready'));
    wire.last.accept();
    wire.last.drop();
    await clock.advance(20_000);
    wire.last.accept();
    page.ready(note('ready now'));
    page.open(note('open now'));
  });
});

test('after 3001 neither comes back', async () => {
  await same(async (page, wire, note, { clock }) => {
    page.close(note('close'));
    wire.last.accept();
    wire.last.drop(3001);
    await clock.advance(60_000);
    note('sockets')(wire.sockets.length);
  });
});

test('$dragon', async () => {
  const logs = [];
  const $q = {
    defer() {
      let own;
      const promise = new Promise((resolve, reject) => (own = { resolve, reject }));
      return { ...own, promise };
    },
  };
  for (const [n, side] of sides().entries()) {
    let parts;
    if (n === 1) angularModule({ module: () => ({ factory: (_, given) => (parts = given) }) }, side.page);
    const $dragon = n === 0 ? originalService(side.page, $q) : parts.at(-1)($q);
    const { wire } = side;
    const log = [];
    $dragon.onReady(() => log.push('ready'));
    $dragon.onChannelMessage((...args) => log.push(plain(args)));
    wire.last.accept();
    for (const call of [
      () => $dragon.getSingle('item', { id: 1 }),
      () => $dragon.getList('item', { id: 1 }),
      () => $dragon.getPagedList('item', { a: 1 }, 2),
      () => $dragon.getPagedList('item', {}),
      () => $dragon.create('item', { a: 1 }),
      () => $dragon.update('item', { a: 1 }),
      () => $dragon.delete('item', { a: 1 }),
      () => $dragon.callRouter('shout', 'item', { a: 1 }, 'todos'),
      () => $dragon.subscribe('item', 'todos', { a: 1 }),
    ]) {
      for (const context of [{}, { client_context: { page: { page: 2 } } }]) {
        const done = call();
        const { callbackname, ...request } = wire.last.take();
        const channel_data = { local_channel: 'todos', remote_channels: ['r'], action: 'subscribe' };
        wire.last.answer({ ...request, callbackname }, ['it'], context, request.verb === 'subscribe' ? { channel_data } : {});
        log.push(request, plain(await done));
      }
      const refused = call();
      wire.last.refuse(wire.last.take(), 'validation', { text: ['No.'] });
      log.push(await refused.catch(plain));
    }
    wire.last.push('r', 'created', { id: 1 });
    assert.deepEqual(Object.keys($dragon).filter((key) => key !== 'callRouter').length, 10);
    logs.push([log, Object.keys($dragon).sort()]);
  }
  assert.deepEqual(logs[1], logs[0]);
});

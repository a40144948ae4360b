import assert from 'node:assert/strict';
import { test } from 'node:test';
import { angularModule, createSwampDragon, DataMapper, install } from '../compat.js';
import { Clock, fakeWire, outcome, settle } from './support/fake.js';

const CHANNEL = 'todoitem|todo_list__id:1';

/** A `swampdragon` on doubles, connected unless told otherwise. */
function setup({ connected = true } = {}) {
  const clock = new Clock();
  const wire = fakeWire();
  const options = { url: 'ws://test/ws', WebSocket: wire.WebSocket, timers: clock.timers, network: null, random: () => 0.999999 };
  const swampdragon = createSwampDragon(options);
  if (connected) wire.last.accept();
  const said = [];
  const note = (name) => (...args) => said.push([name, ...args]);
  return { clock, wire, swampdragon, said, note };
}

test('ready is once, open is each time, close is once for an outage', async () => {
  const { clock, wire, swampdragon, said, note } = setup({ connected: false });
  swampdragon.ready(note('ready'));
  swampdragon.open(note('open'));
  swampdragon.close(note('close'));
  assert.deepEqual(said, []);
  wire.last.drop(); // It never was open.
  await clock.advance(10_000);
  wire.last.accept();
  assert.deepEqual(said.splice(0), [['open'], ['ready']]);
  swampdragon.ready(note('late ready'));
  swampdragon.open(note('late open'));
  assert.deepEqual(said.splice(0), [['late ready'], ['late open']]);
  wire.last.drop();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await clock.advance(10_000);
    wire.last.drop();
  }
  await clock.advance(10_000);
  wire.last.accept();
  assert.deepEqual(said, [['close'], ['open']]);
});

test('each call is the verb and the arguments that SwampDragon sends, and calls back with (context, data)', () => {
  const { wire, swampdragon, said, note } = setup();
  const row = { id: 1, text: 'Milk' };
  for (const [call, request] of [
    [(...on) => swampdragon.getSingle('item', { id: 1 }, ...on), { verb: 'get_single', args: { id: 1 } }],
    [(...on) => swampdragon.getList('item', { list_id: 1 }, ...on), { verb: 'get_list', args: { list_id: 1 } }],
    [(...on) => swampdragon.getPagedList('item', { a: 1 }, 3, ...on), { verb: 'get_list', args: { a: 1, _page: 3 } }],
    [(...on) => swampdragon.getPagedList('item', {}, undefined, ...on), { verb: 'get_list', args: { _page: 1 } }],
    [(...on) => swampdragon.create('item', row, ...on), { verb: 'create', args: row }],
    [(...on) => swampdragon.update('item', row, ...on), { verb: 'update', args: row }],
    [(...on) => swampdragon.delete('item', row, ...on), { verb: 'delete', args: row }],
    [(...on) => swampdragon.callRouter('shout', 'item', { a: 1 }, ...on), { verb: 'shout', args: { a: 1 } }],
    [(...on) => swampdragon.callRouter('shout', 'item', null, ...on, 'here'), { verb: 'shout', args: { channel: 'here' } }],
  ]) {
    assert.equal(call(note('success'), note('failure')), undefined);
    const sent = wire.last.take();
    assert.deepEqual({ verb: sent.verb, args: sent.args, route: sent.route }, { ...request, route: 'item' });
    wire.last.answer(sent, row, { client_context: { page: 1 } });
    assert.deepEqual(said.splice(0), [['success', { client_callback_name: sent.callbackname, verb: request.verb, state: 'success', client_context: { page: 1 } }, row]]);

    call(note('success'), note('failure'));
    const again = wire.last.take();
    wire.last.refuse(again, 'validation', { text: ['Too long.'] });
    const [[name, context, data]] = said.splice(0);
    assert.deepEqual([name, context.state, data], ['failure', 'error', { text: ['Too long.'] }]);

    call(null, null); // Nobody needs to listen.
    wire.last.refuse(wire.last.take(), 'denied');
  }
});

test('what a page gave is not changed', () => {
  const { swampdragon } = setup();
  const args = Object.freeze({ id: 1 });
  swampdragon.subscribe('item', 'here', args);
  swampdragon.getPagedList('item', args, 2);
  swampdragon.callRouter('shout', 'item', args, null, null, 'here');
});

test('a failure that is no validation has a sentence', () => {
  const { wire, swampdragon, said, note } = setup();
  for (const [code, data, state, told] of [
    ['not_found', { error: ['There is no such row.'] }, 'error', { error: ['There is no such row.'] }],
    ['login_required', null, 'login_required', null],
  ]) {
    swampdragon.getSingle('item', { id: 1 }, note('success'), note('failure'));
    wire.last.refuse(wire.last.take(), code, data, state);
    const [[name, context, given]] = said.splice(0);
    assert.deepEqual([name, context.state, context.code, given], ['failure', state, code, told]);
  }
});

test('a call that was lost with the connection fails; one that waits for it is made', async () => {
  const { clock, wire, swampdragon, said, note } = setup();
  swampdragon.update('item', { id: 1 }, note('success'), note('failure'));
  wire.last.drop();
  const [[name, context, data]] = said.splice(0);
  assert.deepEqual([name, context, Object.keys(data)], ['failure', { client_callback_name: null, verb: 'update', state: 'error', code: 'disconnected' }, ['error']]);
  swampdragon.create('item', { text: 'Milk' }, note('success'));
  await clock.advance(10_000);
  wire.last.accept();
  wire.last.answer(wire.last.take(), { id: 2 });
  assert.equal(said[0][0], 'success');
  wire.last.drop(3001);
  swampdragon.create('item', {}, note('success'), note('failed'));
  assert.equal(said[1][0], 'failed');
  assert.equal(said[1][1].code, 'closed');
});

test('subscribe, messages, unsubscribe', async () => {
  const { wire, swampdragon, said, note } = setup();
  swampdragon.onChannelMessage(note('message'));
  swampdragon.subscribe('item', 'todos', { todo_list__id: 1 }, note('success'), note('failure'));
  const request = wire.last.take();
  assert.deepEqual(request.args, { todo_list__id: 1, channel: 'todos' });
  const map = [{ parent_type: 'a', child_type: 'b', via: 'a', prop_name: 'b_set', is_collection: true }];
  const channel_data = { local_channel: 'todos', remote_channels: [CHANNEL], action: 'subscribe' };
  wire.last.answer(request, map, { position: 'e:1' }, { channel_data });
  // In the same turn, as when a transport hands over several messages at once.
  wire.last.push(CHANNEL, 'created', { id: 1, _type: 'todoitem' }, 'e:2');
  assert.deepEqual(said.splice(0).map(([name, , data]) => [name, data]), [
    ['success', map],
    ['message', { action: 'created', data: { id: 1, _type: 'todoitem' }, position: 'e:2' }],
  ]);
  await settle();
  assert.deepEqual(said, [], 'once');

  swampdragon.subscribe('item', 'again', { todo_list__id: 1 }, note('success'));
  wire.last.subscribed(wire.last.take(), CHANNEL, { position: 'e:2' });
  wire.last.push(CHANNEL, 'deleted', { id: 1, _type: 'todoitem' }, 'e:3');
  assert.deepEqual(said.splice(0).map(([name, channels]) => [name, name === 'message' && channels]), [['success', false], ['message', ['todos', 'again']]]);

  swampdragon.unsubscribe('item', 'again', { todo_list__id: 1 }, note('gone'));
  await settle();
  swampdragon.unsubscribe('item', 'todos', { todo_list__id: 1 }, note('gone'));
  const last = wire.last.take();
  assert.deepEqual([last.verb, last.args], ['unsubscribe', { todo_list__id: 1, channel: 'todos' }]);
  wire.last.subscribed(last, CHANNEL);
  await settle();
  assert.deepEqual(said.map(([name, context, data]) => [name, context.state, context.verb, data]), Array(2).fill(['gone', 'success', 'unsubscribe', 'unsubscribed']));
});

test('a refused subscribe calls failure', async () => {
  const { wire, swampdragon, said, note } = setup();
  swampdragon.subscribe('item', 'todos', { nothing: 1 }, note('success'), note('failure'));
  wire.last.refuse(wire.last.take(), 'bad_request', { error: ['There is no filter.'] });
  await settle();
  assert.deepEqual(said.map(([name, context, data]) => [name, context.code, data]), [['failure', 'bad_request', { error: ['There is no filter.'] }]]);
});

test('after an outage messages go on; what may have been missed is told as resync', async () => {
  const { clock, wire, swampdragon, said, note } = setup();
  swampdragon.onChannelMessage(note('message'));
  swampdragon.subscribe('item', 'todos', {}, note('success'));
  wire.last.subscribed(wire.last.take(), 'todoitem|', { position: 'e:1' });
  for (const recovered of [true, false]) {
    said.splice(0);
    wire.last.drop();
    await clock.advance(10_000);
    wire.last.accept();
    const request = wire.last.take();
    assert.equal(request.args._since, 'e:1');
    wire.last.subscribed(request, 'todoitem|', { position: 'e:1', recovered });
    wire.last.push('todoitem|', 'created', { id: 1, _type: 'todoitem' });
    assert.deepEqual(said.map(([, channels, { action }]) => [channels, action]), [...(recovered ? [] : [[['todos'], 'resync']]), [['todos'], 'created']]);
  }
});

test('what a page sends by itself', async () => {
  const { wire, swampdragon, said, note } = setup();
  swampdragon.onChannelMessage(note('message'));
  assert.equal(swampdragon.sendJSON({ route: 'item', verb: 'subscribe', args: { channel: 'todos' }, callbackname: 'mine' }), true);
  wire.last.subscribed(wire.last.take(), 'todoitem|');
  wire.last.push('todoitem|', 'created', { id: 1, _type: 'todoitem' });
  assert.deepEqual(said.map(([, channels]) => channels), [['todos']]);
  assert.equal(swampdragon.send('{"anything":1}'), true);
  assert.deepEqual(wire.last.take(), { anything: 1 });
  wire.last.drop();
  assert.equal(swampdragon.send('{"anything":1}'), false, 'there is no connection');
});

test('a heartbeat is answered and told', () => {
  const { wire, swampdragon, said, note } = setup();
  swampdragon.onHeartbeat(note('beat'));
  wire.last.say({ heartbeat: '1' });
  assert.deepEqual(wire.last.take(), { heartbeat: '1' });
  assert.deepEqual(said, [['beat', { heartbeat: '1' }]]);
  wire.last.say({ heartbeat: 'other' });
  wire.last.say('no JSON');
  assert.equal(wire.last.waiting, 0);
});

test('a listener that throws harms nobody else', async (t) => {
  const { wire, swampdragon, said, note } = setup();
  const thrown = [];
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => thrown.push(error.message));
  t.after(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
  });
  swampdragon.getList('item', {}, () => {
    throw new Error('mine');
  });
  swampdragon.getList('item', {}, note('other'));
  wire.last.answer(wire.last.take(), []);
  wire.last.answer(wire.last.take(), []);
  await settle();
  assert.equal(said.length, 1);
  assert.deepEqual(thrown, ['mine']);
});

/** As much of `$q` as the service uses. */
const $q = {
  defer() {
    let own;
    const promise = new Promise((resolve, reject) => (own = { resolve, reject }));
    return { ...own, promise };
  },
};

/** An `angular` that keeps what is declared, and makes a service as its injector would. */
function fakeAngular() {
  const modules = new Map();
  return {
    module(name) {
      const factories = new Map();
      modules.set(name, factories);
      return { factory: (service, parts) => factories.set(service, parts) };
    },
    has: (name) => modules.has(name),
    get: (name, service) => modules.get(name).get(service).at(-1)($q),
  };
}

test('$dragon: promises of {data, context}, rejected with {errors}', async () => {
  const { wire, swampdragon, said, note } = setup();
  const angular = fakeAngular();
  angularModule(angular, swampdragon);
  const $dragon = angular.get('SwampDragonServices', '$dragon');
  $dragon.onReady(note('ready'));
  $dragon.onChannelMessage(note('message'));
  assert.deepEqual(said, [['ready']]);
  for (const [call, verb, args] of [
    [() => $dragon.getSingle('item', { id: 1 }), 'get_single', { id: 1 }],
    [() => $dragon.getList('item', { list_id: 1 }), 'get_list', { list_id: 1 }],
    [() => $dragon.getPagedList('item', { a: 1 }), 'get_list', { a: 1, _page: 1 }],
    [() => $dragon.create('item', { a: 1 }), 'create', { a: 1 }],
    [() => $dragon.update('item', { a: 1 }), 'update', { a: 1 }],
    [() => $dragon.delete('item', { a: 1 }), 'delete', { a: 1 }],
    [() => $dragon.subscribe('item', 'todos', { a: 1 }), 'subscribe', { a: 1, channel: 'todos' }],
    [() => $dragon.unsubscribe('item', 'todos', { a: 1 }), 'unsubscribe', { a: 1, channel: 'todos' }],
    [() => $dragon.callRouter('shout', 'item', { a: 1 }, 'todos'), 'shout', { a: 1, channel: 'todos' }],
  ]) {
    const done = call();
    const request = wire.last.take();
    assert.deepEqual([request.verb, request.args], [verb, args]);
    wire.last.answer(request, ['it'], {}, { channel_data: { remote_channels: ['r'] } });
    assert.deepEqual(await done, { data: ['it'] });
  }
  const paged = $dragon.getPagedList('item', {}, 2);
  wire.last.answer(wire.last.take(), [], { client_context: { page: { page: 2 } } });
  assert.deepEqual(await paged, { data: [], context: { page: { page: 2 } } });
  const refused = outcome($dragon.create('item', {}));
  wire.last.refuse(wire.last.take(), 'validation', { text: ['Write something.'] });
  await settle();
  assert.deepEqual(refused.error, { errors: { text: ['Write something.'] } });
});

test('install puts the names on the page, and connects to where the settings say', async () => {
  const wire = fakeWire();
  const options = { WebSocket: wire.WebSocket, network: null };
  const angular = fakeAngular();
  const page = { angular, swampdragon_host: 'https://live.example', dragon_settings: { endpoint: '/live/ws' } };
  const swampdragon = install(page, options);
  assert.equal(page.swampdragon, swampdragon);
  assert.equal(page.DataMapper, DataMapper);
  assert.equal(page.indexOf.call(['a', 'b'], 'b'), 1);
  assert.ok(angular.has('SwampDragonServices'));
  assert.equal(wire.last.url, 'wss://live.example/live/ws');
  swampdragon.client.close();

  const document = new EventTarget();
  const later = { document, swampdragon_host: 'http://live.example' };
  install(later, options).client.close();
  later.angular = fakeAngular();
  document.dispatchEvent(new Event('DOMContentLoaded'));
  assert.ok(later.angular.has('SwampDragonServices'), 'AngularJS may come after it');
});

test('install over the SockJS of the page', () => {
  const made = [];
  class SockJS {
    constructor(...args) {
      made.push([this, ...args]);
    }
    close() {}
  }
  const page = { SockJS, swampdragon_host: 'http://live.example:9999', swampdragon_settings: { endpoint: 'data' } };
  const swampdragon = install(page, { transport: 'sockjs', sockjs: { transports: ['xhr-polling'] }, network: null });
  const [[socket, url, , options]] = made;
  assert.equal(url, 'http://live.example:9999/data');
  assert.deepEqual(options, { transports: ['xhr-polling'] });
  const said = [];
  swampdragon.ready(() => said.push('ready'));
  socket.onopen({});
  assert.deepEqual(said, ['ready']);
  swampdragon.client.close();
  assert.throws(() => install({}, { transport: 'sockjs' }), /load its script before/);
  assert.throws(() => install({}, { transport: 'carrier-pigeon' }), /"websocket" or "sockjs"/);
});

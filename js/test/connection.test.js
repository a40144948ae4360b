import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeWebSocket, websocketUrl } from '../src/transports/websocket.js';
import { open, outcome, settle, setup } from './support/fake.js';

function states(client) {
  const seen = [];
  client.onState((name) => seen.push(name));
  return seen;
}

test('connecting, open, waiting, connecting, open', async () => {
  const { client, wire, clock } = setup();
  const seen = states(client);
  wire.last.accept();
  wire.last.drop(1006);
  await clock.advance(249);
  wire.last.accept();
  assert.deepEqual(seen, ['connecting', 'open', 'waiting', 'connecting', 'open']);
  assert.equal(client.state, 'open');
  assert.equal(wire.sockets.length, 2);
});

test('the state is told at once, and no more after stop', () => {
  const { client, wire } = setup();
  const seen = [];
  const stop = client.onState((name, info) => seen.push([name, info]));
  stop();
  wire.last.accept();
  assert.deepEqual(seen, [['connecting', {}]]);
});

test('waiting says why and for how long', () => {
  const { client, wire } = open();
  let info;
  client.onState((name, told) => (info = told));
  wire.last.drop(3008, 'too slow');
  assert.deepEqual(info, { code: 3008, reason: 'too slow', retryIn: 249 });
});

test('attempts that fail wait longer each time', async () => {
  const { wire, clock, client } = setup();
  const waits = [];
  client.onState((name, info) => name === 'waiting' && waits.push(info.retryIn));
  for (let i = 0; i < 8; i += 1) {
    wire.last.drop(1006);
    await clock.advance(10_000);
  }
  assert.deepEqual(waits, [249, 499, 999, 1999, 3999, 7999, 9999, 9999]);
});

test('a connection that opens and drops at once is not a success; one that lasts is', async () => {
  const { wire, clock, client } = setup();
  const waits = [];
  client.onState((name, info) => name === 'waiting' && waits.push(info.retryIn));
  for (let i = 0; i < 3; i += 1) {
    wire.last.accept();
    wire.last.drop(1006);
    await clock.advance(1_000);
  }
  wire.last.accept();
  await clock.advance(5_000);
  wire.last.drop(1006);
  assert.deepEqual(waits, [249, 499, 999, 249]);
});

for (const code of [3001, 4000, 4001]) {
  test(`close ${code} is the end`, async () => {
    const { client, wire, clock } = open();
    const call = outcome(client.getList('todo-item'));
    let info;
    client.onState((name, told) => (info = told));
    wire.last.drop(code, 'bye');
    await clock.advance(60_000);
    assert.equal(client.state, 'closed');
    assert.equal(wire.sockets.length, 1);
    assert.equal(call.error.code, 'closed');
    assert.equal(call.error.closeCode, code);
    assert.equal(info.error.closeCode, code);
    await assert.rejects(client.getList('todo-item'), { code: 'closed', closeCode: code, verb: 'get_list' });
    await assert.rejects(client.subscribe('todo-item', 'todos'), { code: 'closed', verb: 'subscribe' });
    await assert.rejects(client.ready(), { code: 'closed' });
    assert.equal(clock.pending, 0);
  });
}

for (const code of [1000, 1001, 1006, 3000, 3008, 3012, 3013, 4008]) {
  test(`close ${code} comes back`, async () => {
    const { client, wire, clock } = open();
    wire.last.drop(code);
    assert.equal(client.state, 'waiting');
    await clock.advance(6_000);
    wire.last.accept();
    assert.equal(client.state, 'open');
  });
}

test("a client's own close is the end, in every state", async () => {
  for (const prepare of [() => {}, ({ wire }) => wire.last.accept(), ({ wire }) => wire.last.drop(1006)]) {
    const all = setup();
    prepare(all);
    const call = outcome(all.client.getList('todo-item'));
    all.client.close();
    all.client.close();
    await all.clock.advance(60_000);
    assert.equal(all.client.state, 'closed');
    assert.equal(all.wire.sockets.length, 1);
    assert.equal(all.wire.last.readyState, 3);
    assert.equal(call.error.code, 'closed');
    assert.equal(all.clock.pending, 0);
  }
});

test('a socket that was given up is not heard', async () => {
  const { client, wire, clock } = setup();
  const first = wire.last;
  const { onopen, onmessage, onclose } = first;
  first.drop(1006);
  await clock.advance(1_000);
  wire.last.accept();
  onopen({});
  onmessage({ data: '{"channel":"x"}' });
  onclose({ code: 3001 });
  assert.equal(client.state, 'open');
});

test('an attempt that is not answered is given up', async () => {
  const { client, wire, clock } = setup({ connectTimeout: 3_000 });
  const first = wire.last;
  await clock.advance(3_000);
  assert.equal(client.state, 'waiting');
  assert.equal(first.readyState, 3);
  await clock.advance(250);
  assert.equal(wire.sockets.length, 2);
});

test('online cuts the wait short', async () => {
  const { client, wire, clock, network } = setup();
  for (let i = 0; i < 6; i += 1) {
    wire.last.drop(1006);
    if (i < 5) await clock.advance(10_000);
  }
  assert.equal(client.state, 'waiting');
  const before = wire.sockets.length;
  network.tell('online');
  assert.equal(client.state, 'connecting');
  assert.equal(wire.sockets.length, before + 1);
  wire.last.drop(1006);
  await clock.advance(250);
  assert.equal(wire.sockets.length, before + 2, 'and the waits start small again');
});

test('a socket from before the network went is replaced when it is back', async () => {
  const { client, wire, network } = open();
  const old = wire.last;
  network.tell('online');
  assert.equal(wire.sockets.length, 1, 'online alone proves nothing against an open connection');
  network.tell('offline');
  assert.equal(client.state, 'open', 'a loss that is not certain is not acted on');
  const call = outcome(client.create('todo-item', {}));
  network.tell('online');
  assert.equal(wire.sockets.length, 2);
  assert.equal(old.readyState, 3);
  await settle();
  assert.equal(call.error.code, 'disconnected');
  wire.last.accept();
  assert.equal(client.state, 'open');
});

test('an attempt that hangs since the network went is begun anew', () => {
  const { wire, network, client } = setup();
  network.tell('offline');
  network.tell('online');
  assert.equal(wire.sockets.length, 2);
  assert.equal(wire.sockets[0].readyState, 3);
  assert.equal(client.state, 'connecting');
});

test('after close the network is not listened to', () => {
  const { client, wire, network } = open();
  client.close();
  network.tell('offline');
  network.tell('online');
  assert.equal(wire.sockets.length, 1);
});

test('a page may close the client from inside a state event', async () => {
  const { client, wire, clock } = setup();
  client.onState((name) => name === 'open' && client.close());
  wire.last.accept();
  await clock.advance(60_000);
  assert.equal(client.state, 'closed');
  assert.equal(wire.sockets.length, 1);
});

test('heartbeats, binary and garbage are swallowed', () => {
  const { client, wire } = open();
  let messages = 0;
  client.onChannelMessage(() => (messages += 1));
  wire.last.say('{"heartbeat":"1"}');
  wire.last.say('not json');
  wire.last.say('[]');
  wire.last.onmessage({ data: new ArrayBuffer(2) });
  assert.equal(client.state, 'open');
  assert.equal(messages, 0);
  assert.equal(wire.last.sent.length, 0);
});

test('ready resolves when open, also later, and waits through failures', async () => {
  const { client, wire, clock } = setup();
  const ready = outcome(client.ready());
  wire.last.drop(1006);
  await clock.advance(1_000);
  assert.equal(ready.state, 'pending');
  wire.last.accept();
  await settle();
  assert.equal(ready.state, 'resolved');
  await client.ready();
});

test('addresses', () => {
  assert.equal(websocketUrl('/ws', 'http://host:9999/page?x#y'), 'ws://host:9999/ws');
  assert.equal(websocketUrl('/ws', 'https://host/'), 'wss://host/ws');
  assert.equal(websocketUrl('ws', 'https://host/app/'), 'wss://host/app/ws');
  assert.equal(websocketUrl('https://other/ws', 'http://host/'), 'wss://other/ws');
  assert.equal(websocketUrl('ws://other/ws#part'), 'ws://other/ws');
  assert.throws(() => websocketUrl('/ws', undefined), /no page to resolve it against/);
  assert.throws(() => websocketUrl('ftp://host/'), /expected ws, wss, http or https/);
});

test('the address comes from the settings that the server serves', (t) => {
  t.after(() => delete globalThis.dragon_settings);
  const location = (page) => Object.defineProperty(globalThis, 'location', { value: { href: page }, configurable: true });
  t.after(() => delete globalThis.location);
  location('https://example.org/todo');
  assert.equal(setup({ url: undefined }).wire.last.url, 'wss://example.org/ws');
  globalThis.dragon_settings = { endpoint: '/live' };
  assert.equal(setup({ url: undefined }).wire.last.url, 'wss://example.org/live');
  assert.equal(setup({ url: '/mine' }).wire.last.url, 'wss://example.org/mine');
});

test('without a WebSocket the sentence says what to do', (t) => {
  const own = globalThis.WebSocket;
  t.after(() => (own === undefined ? delete globalThis.WebSocket : (globalThis.WebSocket = own)));
  globalThis.WebSocket = undefined;
  assert.throws(nativeWebSocket, /Pass one: connect\(\{ url, WebSocket \}\)/);
});

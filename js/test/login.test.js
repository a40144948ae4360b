import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, outcome, reconnect, settle, setup } from './support/fake.js';

const verbs = (wire) => wire.last.sent.map(({ route, verb }) => `${route} ${verb}`);

test('a login gives the name, and the token is shown first on each connection', async () => {
  const all = open();
  const { client, wire } = all;
  const login = client.login('t1');
  const request = wire.last.take();
  assert.deepEqual([request.route, request.verb, request.args], ['dragon', 'login', { token: 't1' }]);
  wire.last.answer(request, { user: 'ann' });
  assert.equal(await login, 'ann');
  const subscribed = client.subscribe('r', 'c');
  wire.last.subscribed(wire.last.take(), 'r|', { position: 'e:1' });
  await subscribed;
  await reconnect(all);
  assert.deepEqual(verbs(wire), ['dragon login', 'r subscribe']);
  assert.deepEqual(wire.last.sent[0].args, { token: 't1' });
});

test('a login before the connection is open goes out before all that waits', async () => {
  const { client, wire } = setup();
  const [list, login] = [outcome(client.getList('r')), outcome(client.login('t1'))];
  client.subscribe('r', 'c').catch(() => {});
  wire.last.accept();
  assert.deepEqual(verbs(wire), ['dragon login', 'r subscribe', 'r get_list']);
  wire.last.answer(wire.last.take(), { user: 'ann' });
  await settle();
  assert.deepEqual([login.value, list.state], ['ann', 'pending']);
});

test('a login that was lost on its way is sent once more', async () => {
  const all = open();
  const login = outcome(all.client.login('t1'));
  await reconnect(all);
  assert.deepEqual(verbs(all.wire), ['dragon login']);
  all.wire.last.answer(all.wire.last.take(), { user: 'ann' });
  await settle();
  assert.equal(login.value, 'ann');
});

test('a token that is no good is told and forgotten', async () => {
  const all = open();
  const login = outcome(all.client.login('bad'));
  const { callbackname: client_callback_name, verb } = all.wire.last.take();
  const context = { client_callback_name, verb, state: 'login_required', code: 'login_required', error: ['It has expired.'] };
  all.wire.last.say({ data: null, context });
  await settle();
  assert.equal(login.error.code, 'login_required');
  assert.equal(login.error.message, 'It has expired.');
  await reconnect(all);
  assert.deepEqual(verbs(all.wire), []);
});

test('a token that went bad meanwhile is not shown for ever', async () => {
  const all = open();
  const login = all.client.login('t1');
  all.wire.last.answer(all.wire.last.take(), { user: 'ann' });
  await login;
  const socket = await reconnect(all);
  socket.refuse(socket.take(), 'login_required', null, 'login_required');
  await settle();
  await reconnect(all);
  assert.deepEqual(verbs(all.wire), []);
});

test('after a logout nothing is shown any more', async () => {
  const all = open();
  const login = all.client.login('t1');
  all.wire.last.answer(all.wire.last.take(), { user: 'ann' });
  await login;
  const logout = all.client.logout();
  const request = all.wire.last.take();
  assert.deepEqual([request.route, request.verb], ['dragon', 'logout']);
  all.wire.last.answer(request, { user: null });
  await logout;
  await reconnect(all);
  assert.deepEqual(verbs(all.wire), []);
});

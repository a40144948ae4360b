import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf } from '../src/error.js';
import { channelArgs, comesBack, decode, encode, positionsBy } from '../src/protocol.js';

test('a request bears route, verb, args and the callback name', () => {
  assert.deepEqual(JSON.parse(encode('cb_3', 'update', 'todo-item', { id: 1 })), {
    route: 'todo-item',
    verb: 'update',
    args: { id: 1 },
    callbackname: 'cb_3',
  });
  assert.deepEqual(JSON.parse(encode('cb_0', 'get_list', 'todo-item', undefined)).args, {});
});

test('messages are told apart', () => {
  assert.equal(decode('{"data":1,"context":{"client_callback_name":"cb_0","state":"success"}}').kind, 'reply');
  assert.equal(decode('{"data":{},"action":"created","channel":"todoitem|"}').kind, 'push');
  assert.equal(decode('{"heartbeat":"1"}').kind, 'heartbeat');
});

test('a push whose payload has a context is a push', () => {
  const text = '{"channel":"chatroom","context":{"client_callback_name":"cb_0"},"text":"hello"}';
  assert.equal(decode(text).kind, 'push');
});

test('what is not understood is unknown and never throws', () => {
  for (const text of ['', 'not json', '[]', '[{"channel":"a"}]', 'null', '7', '"text"', '{}', '{"context":null}', '{"context":{}}']) {
    assert.equal(decode(text).kind, 'unknown', text);
  }
});

test('which closes come back', () => {
  for (const code of [3001, 4000, 4001]) assert.equal(comesBack(code), false, String(code));
  for (const code of [1000, 1001, 1006, 1009, 1011, 3000, 3008, 3012, 3013, 4008, 4999]) {
    assert.equal(comesBack(code), true, String(code));
  }
});

test('instructions of a subscribe stand beside its filters only when asked for', () => {
  assert.deepEqual(channelArgs('todos', { done: false }), { done: false, channel: 'todos' });
  assert.deepEqual(channelArgs('todos', { done: false }, { snapshot: true, since: 'e:1' }), {
    done: false,
    channel: 'todos',
    _snapshot: true,
    _since: 'e:1',
  });
});

test('positions are kept by remote channel', () => {
  assert.deepEqual([...positionsBy(['a|'], 'e:1')], [['a|', 'e:1']]);
  assert.deepEqual([...positionsBy(['a|', 'b|'], { 'a|': 'e:1', 'b|': 'e:2' })], [['a|', 'e:1'], ['b|', 'e:2']]);
  assert.equal(positionsBy(['a|'], undefined).size, 0);
});

const where = { route: 'todo-item', verb: 'create' };

test('a validation failure names its fields', () => {
  const reply = { data: { text: ['Too long.', 'Too dull.'] }, context: { state: 'error', code: 'validation' } };
  const error = failureOf(reply, where);
  assert.equal(error.name, 'DragonError');
  assert.equal(error.code, 'validation');
  assert.deepEqual(error.errors, { text: ['Too long.', 'Too dull.'] });
  assert.equal(error.message, 'text: Too long. Too dull.');
  assert.equal(error.route, 'todo-item');
  assert.equal(error.verb, 'create');
  assert.equal(error.context, reply.context);
});

test('every other failure bears its sentence as message and no fields', () => {
  const error = failureOf({ data: { error: ['No such row.'] }, context: { state: 'error', code: 'not_found' } }, where);
  assert.equal(error.code, 'not_found');
  assert.equal(error.message, 'No such row.');
  assert.deepEqual(error.errors, {});
});

test('a field that is itself called error is still a field', () => {
  const error = failureOf({ data: { error: ['Required.'] }, context: { state: 'error', code: 'validation' } }, where);
  assert.deepEqual(error.errors, { error: ['Required.'] });
});

test('a server without codes is understood by the shape of its data', () => {
  assert.equal(failureOf({ data: { text: ['x'] }, context: { state: 'error' } }, where).code, 'validation');
  assert.equal(failureOf({ data: null, context: { state: 'login_required' } }, where).code, 'login_required');
  const bare = failureOf({ data: null, context: { state: 'error' } }, where);
  assert.equal(bare.code, 'bad_request');
  assert.equal(bare.message, 'create on todo-item failed: bad_request.');
});

test('a field named __proto__ does no harm', () => {
  const data = JSON.parse('{"__proto__":["x"],"text":["y"]}');
  const error = failureOf({ data, context: { state: 'error', code: 'validation' } }, where);
  assert.deepEqual(Object.keys(error.errors), ['text']);
  assert.equal(Object.getPrototypeOf(error.errors), Object.prototype);
});

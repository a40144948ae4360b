import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataMapper } from '../index.js';
import { randomFrom } from './support/fake.js';

const mapper = new DataMapper([]);
const milk = () => ({ id: 1, _type: 'todoitem', text: 'Milk', done: false });
const bread = () => ({ id: 2, _type: 'todoitem', text: 'Bread', done: true });

test('created adds a row, in place', () => {
  const rows = [milk()];
  const data = bread();
  assert.equal(mapper.mapData(rows, { action: 'created', data }), rows);
  assert.deepEqual(rows, [milk(), bread()]);
  assert.notEqual(rows[1], data, 'a copy: the message may be shown elsewhere too');
});

test('created for a known row replaces it whole', () => {
  const rows = [{ ...milk(), extra: 'old' }, bread()];
  mapper.mapData(rows, { action: 'created', data: { ...milk(), text: 'Oat milk' } });
  assert.deepEqual(rows, [{ ...milk(), text: 'Oat milk' }, bread()]);
});

test('updated copies keys onto the row, which stays the same object', () => {
  const rows = [milk(), bread()];
  const row = rows[0];
  mapper.mapData(rows, { action: 'updated', data: { id: 1, _type: 'todoitem', done: true } });
  assert.equal(rows[0], row);
  assert.deepEqual(rows, [{ ...milk(), done: true }, bread()]);
});

test('updated adds a row that is not there', () => {
  const rows = [];
  mapper.mapData(rows, { action: 'updated', data: { id: 1, _type: 'todoitem', done: true } });
  assert.deepEqual(rows, [{ id: 1, _type: 'todoitem', done: true }]);
});

test('deleted removes a row, and doubles of it', () => {
  const rows = [milk(), bread(), milk()];
  assert.equal(mapper.mapData(rows, { action: 'deleted', data: { id: 1, _type: 'todoitem' } }), rows);
  assert.deepEqual(rows, [bread()]);
  mapper.mapData(rows, { action: 'deleted', data: { id: 9, _type: 'todoitem' } });
  assert.deepEqual(rows, [bread()]);
});

test('ids are compared as text, together with the type', () => {
  const rows = [milk(), { id: 1, _type: 'todolist', name: 'Groceries' }];
  mapper.mapUpdated(rows, { id: '1', _type: 'todolist', name: 'Work' });
  assert.equal(rows[1].name, 'Work');
  assert.equal(rows[0].text, 'Milk');
  mapper.mapDelete(rows, { id: '1', _type: 'todoitem' });
  assert.deepEqual(rows.map((row) => row._type), ['todolist']);
});

test('a single object is changed in place', () => {
  const row = { ...milk(), mine: true };
  assert.equal(mapper.mapData(row, { action: 'updated', data: { id: 1, _type: 'todoitem', done: true } }), row);
  assert.equal(row.done, true);
  assert.equal(row.mine, true);
  mapper.mapData(row, { action: 'created', data: milk() });
  assert.deepEqual(row, milk());
  mapper.mapData(row, { action: 'updated', data: { id: 2, _type: 'todoitem', done: true } });
  mapper.mapData(row, { action: 'created', data: bread() });
  mapper.mapData(row, { action: 'deleted', data: { id: 2, _type: 'todoitem' } });
  assert.deepEqual(row, milk(), 'messages about others leave it');
  assert.equal(mapper.mapData(row, { action: 'deleted', data: { id: 1, _type: 'todoitem' } }), row);
  assert.deepEqual(row, {});
});

test('other messages, and data that is not loaded yet, are left alone', () => {
  const rows = [milk()];
  mapper.mapData(rows, { action: 'resync', channel: 'todoitem|' });
  mapper.mapData(rows, { channel: 'chatroom', text: 'hello' });
  assert.deepEqual(rows, [milk()]);
  assert.equal(mapper.mapData(null, { action: 'created', data: milk() }), null);
  assert.equal(mapper.mapData(undefined, { action: 'deleted', data: milk() }), undefined);
});

test('a key named __proto__ changes no prototype', () => {
  const evil = JSON.parse('{"id":1,"_type":"todoitem","__proto__":{"admin":true}}');
  for (const action of ['created', 'updated']) {
    const rows = [milk()];
    mapper.mapData(rows, { action, data: evil });
    assert.equal(rows[0].admin, undefined);
    assert.equal(Object.getPrototypeOf(rows[0]), Object.prototype);
    const row = mapper.mapData(milk(), { action, data: evil });
    assert.equal(row.admin, undefined);
  }
  assert.equal({}.admin, undefined);
});

test('for any changes: the rows are those of the one who made them', () => {
  const random = randomFrom(42);
  for (let round = 0; round < 200; round += 1) {
    const truth = new Map();
    const rows = [];
    for (let step = 0; step < 60; step += 1) {
      const id = random.below(8);
      const before = truth.get(id);
      const fields = { a: random.below(3), b: random.pick([null, 'x']) };
      let message;
      if (!before || random.below(6) === 0) message = { action: 'created', data: { id, _type: 't', ...fields } };
      else if (random.below(3) === 0) message = { action: 'deleted', data: { id: String(id), _type: 't' } };
      else message = { action: 'updated', data: { id, _type: 't', a: fields.a } };
      if (message.action === 'deleted') truth.delete(id);
      else truth.set(id, { ...(message.action === 'updated' ? before : {}), ...message.data });
      // A resume may repeat: the same message twice, in order, ends in the same place.
      for (let times = 1 + random.below(2); times > 0; times -= 1) mapper.mapData(rows, message);
    }
    const byId = (a, b) => a.id - b.id;
    assert.deepEqual(rows.slice().sort(byId), [...truth.values()].sort(byId));
  }
});

// Lists against a server that changes, drops, restarts and forgets, in an order that chance decides: whenever all is
// quiet, what a live list shows is what a fresh SELECT would give; and at no time does it show half a row.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveList, orderBy } from '../index.js';
import { randomFrom, settle, setup } from './support/fake.js';
import { TodoDouble } from './support/todo-double.js';

const ROUNDS = Number(process.env.ROUNDS ?? 300);
const STEPS = 120;

/** A client whose sockets lead to a double, over a wire that delivers one message when told to. */
function world(random) {
  const all = setup({ random: random.next });
  let server = new TodoDouble({ epoch: 'e0', historyLength: 30 });
  let generation = 0;
  let link = null;

  // The socket of the moment, if it is there; accepted and linked to the server on first use.
  function socket() {
    const last = all.wire.last;
    if (last.readyState === 3) return null;
    if (last.readyState === 0) {
      const queue = [];
      const connection = server.connect((message) => queue.push(JSON.stringify(message)));
      link = { queue, connection };
      last.accept();
    }
    return last;
  }

  return {
    ...all,
    server: () => server,
    /** One request goes up, or one message comes down. False if there was nothing to do. */
    step() {
      const last = socket();
      if (!last) return false;
      if (last.waiting > 0) {
        link.connection.receive(JSON.stringify(last.take()));
        return true;
      }
      if (link.queue.length > 0) {
        last.say(link.queue.shift());
        return true;
      }
      return false;
    },
    drop() {
      const last = socket();
      if (!last) return;
      link.connection.close();
      last.drop(random.pick([1006, 1001, 3008, 3012]));
    },
    restart() {
      this.drop();
      generation += 1;
      server = new TodoDouble({ state: JSON.parse(JSON.stringify(server)), epoch: `e${generation}`, historyLength: 30 });
    },
  };
}

/** Some change, made by someone else. */
function change(server, random) {
  const connection = server.connect(() => {});
  const send = (verb, args) => connection.receive(JSON.stringify({ route: 'todo-item', verb, args, callbackname: 'x' }));
  const id = 1 + random.below(12);
  const text = random.pick(['a', 'b', 'Z', '\u{1f600}', '\uff01', 'ä']);
  const choice = random.below(6);
  if (choice === 0) send('delete', { id });
  else if (choice === 1) send('create', { todo_list_id: 1 + random.below(2), text, done: random.below(2) === 0 });
  else if (choice === 2) send('update', { id, text });
  else send('update', { id, done: random.below(2) === 0 });
  connection.close();
}

const LISTS = [
  [{ todo_list_id: 1 }, 'text'],
  [{ todo_list__id: 1 }, '-text'],
  [{ todo_list_id: 1, done: false }, []],
  [{ done: false }, ['-done', 'text']],
  [{}, '-id'],
];

test('for any course of events, a live list ends as the database has it', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const random = randomFrom(1000 + round);
    const w = world(random);
    const lists = LISTS.map(([filters, order], n) => {
      const list = liveList(w.client, 'todo-item', filters, { order, linger: 10, timers: w.clock.timers, random: random.next, channel: `l${n}` });
      const whole = (rows) => {
        for (const row of rows) for (const field of ['_type', 'done', 'id', 'text']) assert.ok(field in row, `${field} of ${row.id}`);
        assert.deepEqual(rows.slice().sort(orderBy(order)), rows.slice());
      };
      return { list, filters, order, whole, stop: list.subscribe(whole) };
    });

    for (let step = 0; step < STEPS; step += 1) {
      const choice = random.below(100);
      if (choice < 45) w.step();
      else if (choice < 75) change(w.server(), random);
      else if (choice < 80) await w.clock.advance(random.below(3_000));
      else if (choice < 84) w.drop();
      else if (choice < 86) w.restart();
      else if (choice < 88) w.server().reset('todoitem');
      else if (choice < 96) {
        const one = random.pick(lists);
        if (one.stop) {
          one.stop();
          one.stop = null;
        } else one.stop = one.list.subscribe(one.whole);
      } else random.pick(lists).list.reload();
      if (random.below(3) === 0) await settle();
    }

    // Let it all come to rest.
    for (const one of lists) one.stop ??= one.list.subscribe(one.whole);
    // In small steps: an attempt to connect must be met before it is given up.
    for (let quiet = 0; quiet < 12; ) {
      quiet = w.step() ? 0 : quiet + 1;
      await w.clock.advance(quiet ? 2_000 : 0);
    }
    for (const { list, filters, order } of lists) {
      const wanted = w.server().select('todo-item', filters);
      assert.equal(list.status, 'live', `round ${round}, ${JSON.stringify(filters)}`);
      assert.deepEqual([...list.get()], wanted.sort(orderBy(order)), `round ${round}, ${JSON.stringify(filters)}`);
    }
    w.client.close();
  }
});

// Each golden transcript is played by the client, with this test as the server. Those of the todo application are played
// once more by this test, with the double as the server, so that the double is what the real server is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcome, settle, setup } from './support/fake.js';
import { TodoDouble } from './support/todo-double.js';
import { Names, transcripts } from './support/transcript.js';

const OWN_VERBS = {
  get_list: (client, { route, args }) => client.getList(route, args),
  get_single: (client, { route, args }) => client.getSingle(route, args),
  create: (client, { route, args }) => client.create(route, args),
  update: (client, { route, args }) => client.update(route, args),
  delete: (client, { route, args }) => client.delete(route, args),
  subscribe(client, { route, args }) {
    const { channel, _snapshot, _since, ...filters } = args;
    return client.subscribe(route, channel, filters, { snapshot: _snapshot, since: _since });
  },
  unsubscribe(client, { route, args }) {
    const { channel, ...filters } = args;
    return client.unsubscribe(route, channel, filters);
  },
};

/** One client of a transcript, and what is known about it. */
function participant() {
  const all = setup();
  const heard = [];
  all.client.onChannelMessage((channels, message) => heard.push({ channels, message }));
  all.wire.last.accept();
  return { ...all, heard, calls: new Map(), locals: new Map() };
}

for (const { name, about, steps, app } of transcripts) {
  test(`${name}, by the client: ${about}`, async () => {
    const names = new Names();
    let invented = 0;
    const invent = (placeholder) => {
      invented += 1;
      if (placeholder.startsWith('$position:')) return `made-up:${invented}`;
      return placeholder === '$any' ? 'Any sentence.' : 1000 + invented;
    };
    const people = new Map();
    for (const [number, step] of steps.entries()) {
      const where = `step ${number} of ${name}`;
      const on = step.on ?? 'a';
      if (!people.has(on)) people.set(on, participant());
      const one = people.get(on);
      const socket = one.wire.last;
      if (step.client) {
        const request = names.fill(step.client);
        // What the client says by itself (it has come back) is there already; everything else we make it say.
        if (socket.waiting === 0) {
          const call = OWN_VERBS[request.verb] ?? ((client, { verb, route, args }) => client.callRouter(verb, route, args));
          one.calls.set(request.callbackname, outcome(call(one.client, request)));
        }
        assert.deepEqual(socket.take(), request, where);
      } else if (step.server) {
        const message = names.fill(step.server, invent);
        const before = one.heard.length;
        socket.say(message);
        await settle();
        if (message.context) checkReply(one, message, where);
        else {
          assert.equal(one.heard.length, before + 1, where);
          assert.deepEqual(one.heard.at(-1), { channels: one.locals.get(message.channel), message }, where);
        }
      } else if (step.drop) {
        socket.drop(1006);
      } else if (step.open) {
        await one.clock.advance(10_000);
        one.wire.last.accept();
      }
    }
    for (const { wire, client } of people.values()) {
      assert.equal(wire.last.waiting, 0, 'the client said more than is written');
      assert.equal(client.state, 'open');
    }
  });

  if (app !== undefined) continue; // Of another application.
  test(`${name}, by the double`, () => {
    const names = new Names();
    const double = new TodoDouble();
    const people = new Map();
    const connect = () => {
      const inbox = [];
      return { inbox, ...double.connect((message) => inbox.push(JSON.parse(JSON.stringify(message)))) };
    };
    for (const [number, step] of steps.entries()) {
      const on = step.on ?? 'a';
      if (!people.has(on) || step.open) people.set(on, connect());
      const one = people.get(on);
      if (step.client) one.receive(JSON.stringify(names.fill(step.client)));
      else if (step.client_raw !== undefined) one.receive(step.client_raw);
      else if (step.server) names.compare(one.inbox.shift(), step.server, `step ${number}`);
      else if (step.drop) one.close();
    }
    for (const { inbox } of people.values()) assert.deepEqual(inbox, [], 'the double said more than is written');
  });
}

function checkReply(one, { data, context, snapshot, channel_data }, where) {
  const call = one.calls.get(context.client_callback_name);
  const isSubscribe = context.verb === 'subscribe' && context.state === 'success';
  if (isSubscribe) {
    for (const remote of channel_data.remote_channels) {
      const locals = one.locals.get(remote) ?? [];
      one.locals.set(remote, [...new Set([...locals, channel_data.local_channel])]);
    }
  }
  if (!call) return; // A reply to a raw text, or to what the client said by itself.
  if (context.state === 'success') {
    assert.equal(call.state, 'resolved', where);
    if (!isSubscribe) assert.deepEqual(call.value, data, where);
    else {
      assert.deepEqual(call.value.snapshot, snapshot, where);
      assert.deepEqual(call.value.position, context.positions ?? context.position, where);
      assert.deepEqual(call.value.data, data, where);
      assert.equal(call.value.recovered, context.recovered ?? false, where);
    }
  } else {
    assert.equal(call.state, 'rejected', where);
    assert.equal(call.error.code, context.code, where);
    if (context.code === 'validation') assert.deepEqual(call.error.errors, data, where);
    else assert.equal(call.error.message, (data ?? context).error[0], where);
  }
}

test('there are transcripts, and their names are those of their files', () => {
  assert.deepEqual(transcripts.map(({ name }) => name), ['bad-input', 'office-chat', 'office-levels', 'office-login', 'office-nested', 'office-pages', 'office-pairs', 'todo-filter', 'todo-read', 'todo-resume', 'todo-subscribe', 'todo-write']);
});

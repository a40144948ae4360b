// The JavaScript of docs/from-swampdragon.md, run against a double of the server that it speaks of.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DataMapper, install } from '../compat.js';
import * as dragon from '../index.js';
import { Clock, fakeWire, settle } from './support/fake.js';
import { originalSwampDragon } from './support/original.js';
import { TodoDouble } from './support/todo-double.js';

const guide = readFileSync(new URL('../../docs/from-swampdragon.md', import.meta.url), 'utf8');
const blocks = [...guide.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
const AsyncFunction = (async () => {}).constructor;

/** A class like WebSocket whose sockets lead to the double. */
function socketsTo(double) {
  return class {
    constructor() {
      this.connection = double.connect((message) => queueMicrotask(() => this.onmessage?.({ data: JSON.stringify(message) })));
      queueMicrotask(() => this.onopen?.({}));
    }
    send(text) {
      this.connection.receive(text);
    }
    close() {
      this.connection.close();
    }
  };
}

/** As much of AngularJS as the page of the talk uses. */
function fakeAngular() {
  const services = {};
  const controllers = {};
  const $q = {
    defer() {
      let own;
      const promise = new Promise((resolve, reject) => (own = { resolve, reject }));
      return { ...own, promise };
    },
  };
  const module = {
    factory: (name, parts) => (services[name] = parts.at(-1)($q)),
    controller: (name, [...parts]) => (controllers[name] = (given) => parts.pop()(...parts.map((part) => given[part] ?? services[part]))),
  };
  return { module: () => module, controllers };
}

/** Runs a block as a page would, and gives what it said and what `more` names in it. */
async function run(code, more = []) {
  const double = new TodoDouble();
  const WebSocket = socketsTo(double);
  const angular = fakeAngular();
  const page = { angular, swampdragon_host: 'http://test' };
  const swampdragon = install(page, { WebSocket, network: null });
  const said = [];
  const globals = {
    angular,
    swampdragon,
    DataMapper,
    indexOf: page.indexOf,
    dragon: { ...dragon, connect: () => dragon.connect({ url: 'ws://test/ws', WebSocket, network: null }) },
    console: { log: (what) => said.push(what) },
  };
  const code_and_names = `${code}\nreturn () => ({ ${more.join(', ')} });`;
  const names = await new AsyncFunction(...Object.keys(globals), code_and_names)(...Object.values(globals));
  await settle();
  return { double, swampdragon, angular, said, names };
}

/** Another client's write. */
function write(double, verb, args) {
  double.connect(() => {}).receive(JSON.stringify({ route: 'todo-item', verb, args, callbackname: 'x' }));
  return settle();
}

const titles = { swampdragon: 'swampdragon.ready(', client: 'dragon.connect(', talk: "controller('TodoListCtrl'", outage: 'var isPrepared' };
const block = (title) => blocks.find((code) => code.includes(titles[title]));

test('every block is one of those that are run here', () => {
  assert.equal(blocks.length, Object.keys(titles).length);
  for (const title of Object.keys(titles)) assert.ok(block(title), title);
});

test("with SwampDragon's names: rows, messages, and what is wrong with a field", async () => {
  const { double, swampdragon, said, names } = await run(block('swampdragon'), ['items']);
  assert.deepEqual(said, ['This field cannot be blank.']);
  assert.deepEqual(names().items.map(({ text }) => text), ['Milk', 'Bread', 'Apples']);
  await write(double, 'create', { todo_list_id: 1, text: 'Eggs' });
  await write(double, 'delete', { id: 1 });
  assert.deepEqual(names().items.map(({ text }) => text), ['Bread', 'Apples', 'Eggs']);
  swampdragon.client.close();
});

test('with dragon-client: a list that is true, and what is wrong with a field', async () => {
  const { said, swampdragon } = await run(block('client'));
  assert.deepEqual([said.filter((what) => what === 3).length, said.at(-1)], [1, 'This field cannot be blank.']);
  swampdragon.client.close();
});

test('the page of the talk: what one toggles another sees', async () => {
  const { double, swampdragon, angular } = await run(block('talk'));
  let applied = 0;
  const $scope = { $apply: (fn) => ((applied += 1), fn()) };
  angular.controllers.TodoListCtrl({ $scope });
  await settle();
  assert.equal($scope.todoList.name, 'Groceries');
  assert.deepEqual($scope.todoItems.map(({ done }) => done), [false, true, false]);
  $scope.toggle($scope.todoItems[0]);
  await settle();
  assert.equal(double.select('todo-item', { done: true }).length, 2);
  await write(double, 'update', { id: 3, done: true });
  assert.deepEqual($scope.todoItems.map(({ done }) => done), [true, true, true]);
  assert.equal(applied, 2);
  swampdragon.client.close();
});

test("after an outage: a page with SwampDragon's own script subscribes and loads anew, each time once", async () => {
  const [wire, clock] = [fakeWire(), new Clock()];
  const swampdragon = originalSwampDragon({ SockJS: wire.WebSocket, timers: clock.timers, host: 'http://test', endpoint: '/data' });
  await new AsyncFunction('swampdragon', block('outage'))(swampdragon);
  for (let time = 0; time < 3; time += 1) {
    wire.last.accept();
    assert.deepEqual(wire.last.sent.map(({ verb }) => verb), ['subscribe', 'get_list']);
    wire.last.drop(3012);
    await clock.advance(1000);
  }
});

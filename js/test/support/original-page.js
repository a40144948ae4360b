#!/usr/bin/env node
// SwampDragon's own scripts against a real server, over SockJS, for the Rust tests: its `swampdragon` subscribes to rows
// with what they lead to, and mappers that are made of the object map which comes back keep what get_list gave.
//
//   node original-page.js http://HOST:PORT ROUTE '{"id": 1}'
//
// There are four of them: SwampDragon's own DataMapper, and ours by that name, each on the rows as an array, and on the
// first of them as a single object.
//
// For each line on stdin one line of JSON comes back on stdout:
//
//   rows   what each holds (`array`, `object`, `compat array`, `compat object`), what get_list says now (`fresh`), and
//          the object map (`map`)
//   load   the page loads its rows anew
//
// It ends with its stdin.

import { createInterface } from 'node:readline';
import SockJS from 'sockjs-client';
import { DataMapper } from '../../index.js';
import { originalMapper, originalSwampDragon } from './original.js';

const [host, route, filter] = process.argv.slice(2);
const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
const page = originalSwampDragon({ SockJS, timers: { setTimeout, clearTimeout, setInterval, clearInterval }, host, endpoint: '/data' });
const original = originalMapper();
const plain = (value) => JSON.parse(JSON.stringify(value)); // Out of the page's realm.

const call = (verb, ...args) => new Promise((done, fail) => page[verb](...args, (context, data) => done(plain(data)), (context, data) => fail(new Error(JSON.stringify(data)))));
const list = () => call('getList', route, JSON.parse(filter));

function compat(map, source) {
  const mapper = new DataMapper(map);
  return { say: (message) => mapper.mapData(source, message), get: () => source };
}

let held = {};
async function load() {
  const rows = await list();
  held = {
    array: original.keep(map, rows),
    object: original.keep(map, rows[0]),
    'compat array': compat(map, plain(rows)),
    'compat object': compat(map, plain(rows[0])),
  };
}

await new Promise((done) => page.ready(done));
page.onChannelMessage((channels, message) => {
  if ([...channels].includes('here')) for (const one of Object.values(held)) one.say(plain(message));
});
const map = await call('subscribe', route, 'here', JSON.parse(filter));
await load();

const commands = {
  async rows() {
    const fresh = await list();
    return { ...Object.fromEntries(Object.entries(held).map(([name, one]) => [name, one.get()])), fresh, map };
  },
  async load() {
    await load();
    return 'loaded';
  },
};

for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(await commands[line]()));
process.exit(0);

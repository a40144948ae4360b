#!/usr/bin/env node
// SwampDragon's own scripts against a real server, over SockJS, for the Rust tests: its `swampdragon` subscribes to rows
// with what they lead to, and its DataMapper, made of the object map that comes back, keeps what get_single gave.
//
//   node original-page.js http://HOST:PORT ROUTE ID
//
// For each line on stdin one line of JSON comes back on stdout: `rows` answers what the mapper has made of the row
// (`held`), what get_single says now (`fresh`), and the object map (`map`). It ends with its stdin.

import { createInterface } from 'node:readline';
import SockJS from 'sockjs-client';
import { originalMapper, originalSwampDragon } from './original.js';

const [host, route, id] = process.argv.slice(2);
const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
const page = originalSwampDragon({ SockJS, timers: { setTimeout, clearTimeout, setInterval, clearInterval }, host, endpoint: '/data' });
const mapper = originalMapper();
const plain = (value) => JSON.parse(JSON.stringify(value)); // Out of the page's realm.

const call = (verb, ...args) => new Promise((done, fail) => page[verb](...args, (context, data) => done(plain(data)), (context, data) => fail(new Error(JSON.stringify(data)))));
const get = async () => [await call('getSingle', route, { id: Number(id) })];

let [held, map] = [[], []];
await new Promise((done) => page.ready(done));
page.onChannelMessage((channels, message) => {
  if ([...channels].includes('here')) held = mapper.apply('mapData', map, held, plain(message));
});
map = await call('subscribe', route, 'here', { id: Number(id) });
held = await get();

for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'rows') throw new Error(`What is ${line}?`);
  console.log(JSON.stringify({ held, fresh: await get(), map }));
}
process.exit(0);

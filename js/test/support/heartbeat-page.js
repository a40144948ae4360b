#!/usr/bin/env node
// What a page makes of a real server's heartbeat, for the Rust tests: one with our `swampdragon`, and one with
// SwampDragon's own, over SockJS.
//
//   node heartbeat-page.js http://HOST:PORT
//
// For the line `beats` on stdin one line of JSON comes back on stdout, when each has had one: what `onHeartbeat` was told
// (`told`), and whether the server was answered with the same (`answered`). It ends with its stdin.

import { createInterface } from 'node:readline';
import SockJS from 'sockjs-client';
import { createSwampDragon } from '../../compat.js';
import { originalSwampDragon } from './original.js';

const [host] = process.argv.slice(2);
const isBeat = (text) => JSON.parse(text).heartbeat === '1';

/** Sockets of a kind, and a promise of the first answer to a heartbeat. */
function answering(open) {
  let answered;
  const answer = new Promise((done) => (answered = done));
  function Socket(url) {
    const socket = open(url);
    const send = socket.send.bind(socket);
    socket.send = (text) => {
      send(text);
      if (isBeat(text)) answered(true);
    };
    return socket;
  }
  return { Socket, answer };
}

// SwampDragon's own names a variable that is not there when it has answered.
process.on('uncaughtException', (error) => {
  if (!/channel is not defined/.test(error.message)) throw error;
});
const original = answering((url) => new SockJS(url));
const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
const timers = { setTimeout, clearTimeout, setInterval, clearInterval };
originalSwampDragon({ SockJS: original.Socket, timers, host, endpoint: '/data' });

const ours = answering((url) => new WebSocket(url));
const page = createSwampDragon({ url: `${host.replace('http', 'ws')}/ws`, WebSocket: ours.Socket });
const told = new Promise((done) => page.onHeartbeat(done));

for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'beats') throw new Error(`What is ${line}?`);
  const answers = { ours: { told: await told, answered: await ours.answer }, original: { answered: await original.answer } };
  console.log(JSON.stringify(answers));
}
process.exit(0);

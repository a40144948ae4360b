#!/usr/bin/env node
// Two clients' worth of rows against a real server, for the Rust tests: a live list, and a DataMapper on a snapshot.
//
//   node --experimental-websocket lists.js ws://HOST:PORT/ws ROUTE '[{}, {"name": "red"}]'
//
// For each line on stdin one line of JSON comes back on stdout:
//
//   rows   for each filter: the rows of the live list, those of the mapper, and what get_list says now
//   drop   the connection is dropped, and made anew by the client
//
// It ends with its stdin. The flag is needed before Node 22, which has a WebSocket without being asked.

import { createInterface } from 'node:readline';
import { connect, DataMapper, liveList } from '../../index.js';

const [url, route, filters] = process.argv.slice(2);
if (typeof WebSocket !== 'function') throw new Error('This Node has no WebSocket: it must be 20.10 or newer.');

let socket;
class Dropped extends WebSocket {
  constructor(...args) {
    super(...args);
    socket = this;
  }
}

const client = connect({ url, WebSocket: Dropped });

function mapped(channel, given) {
  let [rows, mapper, isLive] = [[], new DataMapper(), false];
  client.onSubscription((answer) => {
    if (answer.channel !== channel || answer.error) return;
    if (answer.snapshot && !answer.recovered) [rows, mapper] = [answer.snapshot, new DataMapper(answer.data)];
    isLive = true;
  });
  const load = () => client.subscribe(route, channel, given, { snapshot: true, timeout: 0 }).catch(() => {});
  client.onChannelMessage((channels, message) => {
    if (!channels.includes(channel)) return;
    if (message.action !== 'resync') mapper.mapData(rows, message);
    else {
      isLive = false;
      load();
    }
  });
  load();
  return { get: () => rows, isLive: () => isLive };
}

const all = JSON.parse(filters).map((given, at) => {
  const list = liveList(client, route, given);
  list.subscribe(() => {});
  return { given, list, mapped: mapped(`mapped-${at}`, given) };
});

const commands = {
  async rows() {
    const fresh = await Promise.all(all.map(({ given }) => client.getList(route, given)));
    return all.map(({ list, mapped: other }, at) => ({
      status: other.isLive() ? list.status : 'loading',
      error: list.error?.message ?? null,
      list: list.get(),
      mapped: other.get(),
      fresh: fresh[at],
    }));
  },
  drop() {
    socket.close();
    return 'dropped';
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await commands[line]()));
}
process.exit(0);

#!/usr/bin/env node
// The todo double as a program that takes the real server's place: same environment, same addresses, same line on stdout.
//
//   DATABASE_URL=sqlite://FILE?mode=rwc   where the rows are kept (as JSON, not as a database)
//   DRAGON_ADDR=127.0.0.1:9999            where to listen
//
// For work on the page without a Rust toolchain, and for running the browser tests against it:
//   DRAGON_TODO_BIN=test/support/todo-server.js npm run test:browser

import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { TodoDouble } from './todo-double.js';

const file = (process.env.DATABASE_URL ?? 'sqlite://todo.db').replace(/^sqlite:\/\//, '').replace(/\?.*$/, '');
const [host, port] = (process.env.DRAGON_ADDR ?? '127.0.0.1:9999').split(':');
const page = new URL('../../../examples/todo/page/', import.meta.url);
const bundle = new URL('../../../dragon-core/assets/dragon.js', import.meta.url);

const FILES = {
  '/': ['text/html; charset=utf-8', () => readFileSync(new URL('index.html', page))],
  '/page.css': ['text/css; charset=utf-8', () => readFileSync(new URL('page.css', page))],
  '/page.js': ['text/javascript; charset=utf-8', () => readFileSync(new URL('page.js', page))],
  '/tools.js': ['text/javascript; charset=utf-8', () => readFileSync(new URL('tools.js', page))],
  '/dragon.js': ['text/javascript; charset=utf-8', () => readFileSync(bundle)],
  '/settings.js': ['text/javascript; charset=utf-8', () => 'window.dragon_settings = {"endpoint": "/ws"};\n'],
};

const double = new TodoDouble({
  state: existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined,
  epoch: randomUUID(), // Nobody resumes across a restart, as with the real server's in-process broker.
  // Written before anyone hears of it, and in one piece: a kill at any moment loses nothing that was acknowledged.
  save(rows) {
    writeFileSync(`${file}.new`, JSON.stringify(rows));
    renameSync(`${file}.new`, file);
  },
});

const server = createServer((request, response) => {
  const path = request.url.split('?')[0];
  const found = Object.hasOwn(FILES, path) ? FILES[path] : null;
  response.writeHead(found ? 200 : 404, {
    'content-type': found?.[0] ?? 'text/plain',
    // The page must live under the strictest policy that a careful host would set.
    'content-security-policy': "default-src 'self'; img-src data:; connect-src 'self' ws:; base-uri 'none'; form-action 'none'",
  });
  response.end(found?.[1]() ?? 'Not found.');
});

const sockets = new WebSocketServer({ server, path: '/ws' });
sockets.on('connection', (socket) => {
  const connection = double.connect((message) => socket.send(JSON.stringify(message)));
  socket.on('message', (data) => connection.receive(String(data)));
  socket.on('close', () => connection.close());
});

server.listen(Number(port), host, () => console.log(`http://${host}:${server.address().port}/`));

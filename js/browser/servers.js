// The servers of the browser tests: the examples as processes, and one for the pages of the tests themselves.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import WebSocket from 'ws';

// Of the shell that the tests run in none reaches an app. Those of tests/src/process.rs, which holds this list to them.
const SETTINGS = [
  'DATABASE_URL',
  'REDIS_URL',
  'DRAGON_ADDR',
  'DRAGON_URL',
  'DRAGON_ORIGINS',
  'DRAGON_SOCKJS_CLIENT_URL',
  'DRAGON_DESCRIBE',
  'DRAGON_ERRAND',
  'DRAGON_TOKEN',
  'CARGO_MANIFEST_DIR',
];

function withoutSettings() {
  const settings = Object.entries(process.env).filter(([name]) => !SETTINGS.includes(name));
  return Object.fromEntries(settings);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

const BUILD = 'cargo build --workspace --all-features --bins';

function todoBinary() {
  const binary = process.env.DRAGON_TODO_BIN;
  const missing = `Set DRAGON_TODO_BIN to the todo server, for instance target/debug/todo: these tests run against it. \`${BUILD}\` builds it.`;
  assert.ok(binary && existsSync(binary), missing);
  return resolve(binary);
}

/** A program that cargo builds into the same folder. */
function besideTodo(name) {
  const binary = join(dirname(todoBinary()), name);
  assert.ok(existsSync(binary), `There is no ${binary}: \`${BUILD}\` builds it.`);
  return binary;
}

/** A program that says an address of http when it listens; it can be killed and started again. */
class Program {
  get url() {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Starts the process and waits until it says that it listens. */
  async launch(binary, args, options) {
    const child = spawn(binary, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = child;
    let said = '';
    child.stderr.on('data', (data) => (said += data));
    await new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`The server did not say that it listens.\n${said}`)), 30_000);
      child.stdout.on('data', (data) => {
        said += data;
        if (!/https?:\/\//.test(said)) return;
        clearTimeout(timer);
        done();
      });
      child.once('error', (error) => {
        clearTimeout(timer);
        fail(error);
      });
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        fail(new Error(`The server ended (${code ?? signal}).\n${said}`));
      });
    });
  }

  /** Ends the process, by default as a power cut would. */
  async kill(signal = 'SIGKILL') {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await ended;
  }
}

/** The todo application on a port and a database of its own. `env`: what is set besides. */
export class App extends Program {
  static async start(env = {}) {
    const app = new App();
    app.env = env;
    app.binary = todoBinary();
    app.folder = mkdtempSync(join(tmpdir(), 'dragon-todo-'));
    app.port = await freePort();
    await app.run();
    return app;
  }

  async run() {
    const own = { DATABASE_URL: `sqlite://${join(this.folder, 'todo.db')}?mode=rwc`, DRAGON_ADDR: `127.0.0.1:${this.port}` };
    // Without Redis: one process with the in-process broker.
    const env = { ...withoutSettings(), ...own, ...this.env };
    await this.launch(this.binary, [], { cwd: this.folder, env });
  }

  async stop() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** One call by a client that is no browser and knows nothing of ours. Resolves to the reply. */
  async call(verb, route, args) {
    const socket = new WebSocket(`ws://127.0.0.1:${this.port}/ws`);
    try {
      return await new Promise((done, fail) => {
        socket.once('error', fail);
        socket.once('open', () => socket.send(JSON.stringify({ route, verb, args, callbackname: 'raw' })));
        socket.once('message', (data) => done(JSON.parse(String(data))));
      });
    } finally {
      socket.close();
    }
  }
}

/** `examples/sockjs-echo`, beside the todo server, with the script for SockJS's iframe at `clientUrl`. */
export class Echo extends Program {
  static async start(clientUrl) {
    const echo = new Echo();
    echo.clientUrl = clientUrl;
    echo.port = await freePort();
    await echo.run();
    return echo;
  }

  async run() {
    await this.launch(besideTodo('sockjs-echo'), [String(this.port), this.clientUrl], {});
  }
}

/** A project that `dragon-cli new` has written, built into the target folder of the todo server; a Dragon of its own each time. */
export class Generated extends Program {
  static async start(name, frontend, args) {
    const app = new Generated();
    app.folder = mkdtempSync(join(tmpdir(), 'dragon-new-'));
    app.project = join(app.folder, name);
    const target = dirname(dirname(todoBinary()));
    // Whichever profile the todo server is of, a plain `cargo build` is one of `dev`, and writes here.
    app.binary = join(target, 'debug', name);
    app.env = { ...withoutSettings(), CARGO_TARGET_DIR: target, CARGO_NET_OFFLINE: 'true' };
    execFileSync(besideTodo('dragon-cli'), ['new', name, '--frontend', frontend, ...args], { cwd: app.folder, stdio: ['ignore', 'ignore', 'inherit'] });
    execFileSync('cargo', ['build', '--quiet', '--locked'], { cwd: app.project, env: app.env, stdio: ['ignore', 'ignore', 'inherit'] });
    if (frontend !== 'vanilla') {
      const page = { cwd: join(app.project, 'frontend'), stdio: ['ignore', 'ignore', 'inherit'] };
      execFileSync('npm', ['ci', '--no-progress', '--no-audit', '--no-fund'], page);
      execFileSync('npm', ['run', 'build'], page);
    }
    app.port = await freePort();
    await app.run();
    return app;
  }

  async run() {
    await this.launch(this.binary, [], { cwd: this.project, env: { ...this.env, DRAGON_ADDR: `127.0.0.1:${this.port}` } });
  }

  async stop() {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Serves the pages and scripts of a test: `{'/path': {type, text}}`, from an origin of its own. */
export async function servePages(pages) {
  const server = createHttpServer((request, response) => {
    const page = pages[request.url];
    response.writeHead(page ? 200 : 404, { 'content-type': page?.type ?? 'text/plain', 'cache-control': 'no-store' });
    response.end(page?.text ?? `There is no ${request.url}.`);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}

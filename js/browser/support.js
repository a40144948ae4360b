// What the browser tests stand on: the real server as a process, a real Chromium, and waiting for what must come.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import WebSocket from 'ws';

const ARGS = ['--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Chromium; as root it cannot have its sandbox. */
export function launchBrowser() {
  const args = process.getuid?.() === 0 ? [...ARGS, '--no-sandbox'] : ARGS;
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** The todo application on a port and a database of its own; it can be killed and started again. */
export class App {
  static async start() {
    const binary = process.env.DRAGON_TODO_BIN;
    assert.ok(binary, 'Set DRAGON_TODO_BIN to the todo server, for instance target/debug/todo: these tests run against it.');
    const app = new App();
    app.binary = resolve(binary);
    app.folder = mkdtempSync(join(tmpdir(), 'dragon-todo-'));
    app.port = await freePort();
    await app.run();
    return app;
  }

  get url() {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Starts the process and waits until it says that it listens. */
  async run() {
    const env = { ...process.env, DATABASE_URL: `sqlite://${join(this.folder, 'todo.db')}?mode=rwc`, DRAGON_ADDR: `127.0.0.1:${this.port}` };
    delete env.REDIS_URL; // One process with the in-process broker, whatever else runs here.
    this.process = spawn(this.binary, [], { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const child = this.process;
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

/** A page of its own profile, with what went wrong in it. */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 900, height: 700 }, ...options });
  const page = await context.newPage();
  page.wrong = [];
  page.on('pageerror', (error) => page.wrong.push(error.message));
  page.on('console', (message) => {
    // A refused connection is the browser's own line, and the point of some of these tests.
    if (message.type() === 'error' && !message.text().includes('WebSocket connection')) page.wrong.push(message.text());
  });
  await page.goto(url);
  await connected(page);
  return page;
}

/** Waits until `check` no longer throws; its last complaint is what fails. */
export async function eventually(check, limit = 10_000) {
  const end = Date.now() + limit;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((done) => setTimeout(done, 25));
    }
  }
}

export const connected = (page, state = 'connected') =>
  eventually(async () => assert.equal(await page.getByTestId('connection').getAttribute('data-state'), state), 20_000);

/** The items as one sees them: `[ ] Milk`, `[x] Bread`. */
export async function items(page) {
  return page.getByTestId('item').evaluateAll((entries) =>
    entries.map((entry) => {
      const done = entry.querySelector('[data-testid=item-done]').checked;
      return `[${done ? 'x' : ' '}] ${entry.querySelector('[data-testid=item-text]').textContent}`;
    }),
  );
}

/** Waits until every one of `pages` shows these items, and nothing else. */
export const see = (pages, wanted, limit) =>
  Promise.all([pages].flat().map((page) => eventually(async () => assert.deepEqual(await items(page), wanted), limit)));

export const seeLists = (pages, wanted) =>
  Promise.all(
    [pages].flat().map((page) => eventually(async () => assert.deepEqual(await page.getByTestId('list-name').allTextContents(), wanted))),
  );

export const item = (page, text) => page.getByTestId('item').filter({ has: page.getByTestId('item-text').getByText(text, { exact: true }) });
export const part = (page, text, name) => item(page, text).getByTestId(`item-${name}`);

/** What has the focus: its test id, and the accessible name if it has one of its own. */
export const focus = (page) =>
  page.evaluate(() => [document.activeElement.dataset.testid ?? document.activeElement.tagName, document.activeElement.getAttribute('aria-label')]);

export const seeFocus = (page, testid, label) =>
  eventually(async () => {
    const [id, name] = await focus(page);
    assert.equal(id, testid);
    if (label) assert.equal(name, label);
  });

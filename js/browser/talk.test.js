// The page that SwampDragon was shown with, written anew: AngularJS and `$dragon`, two pages live in both directions
// against examples/todo, over SockJS and each of its fallbacks. With SwampDragon's own scripts and its SockJS 0.3.4, and
// with ours under its names. The page comes from a server of its own, as it did from Django's.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { swampdragonFolder } from '../scripts/swampdragon.js';
import { App, servePages } from './servers.js';
import { eventually, launchBrowser, part, see } from './support.js';

const SEED = ['[ ] Milk', '[x] Bread', '[ ] Apples'];
/** SockJS's transports that Chromium has, and the last part of the address by which each receives. */
const TRANSPORTS = {
  websocket: 'websocket',
  'xhr-streaming': 'xhr_streaming',
  'iframe-eventsource': 'eventsource',
  'iframe-htmlfile': 'htmlfile',
  'xhr-polling': 'xhr',
  'iframe-xhr-polling': 'xhr',
  'jsonp-polling': 'jsonp',
};

/** Leaves one transport of SockJS 0.3.4. SwampDragon connects as its script loads, and SockJS chooses a little later. */
const only = (transport) => `<script>
  ${JSON.stringify(Object.keys(TRANSPORTS))}.forEach(function (name) {
    if (name !== ${JSON.stringify(transport)}) SockJS[name].enabled = function () { return false; };
  });
</script>`;

const tag = (src, more = '') => `<script src="${src}"${more}></script>`;
const SCRIPTS = {
  "SwampDragon's own scripts": (server, transport) =>
    [tag(`${server}settings.js`), tag('/swampdragon.js'), only(transport), tag('/datamapper.js'), tag('/angular.js'), tag('/services.js')].join('\n'),
  'our scripts over SockJS': (server, transport) =>
    [tag(`${server}settings.js`), tag('/sockjs-0.3.4.js'), tag('/angular.js'), tag(`${server}dragon-compat.js`, ' data-transport="sockjs"'), only(transport)].join('\n'),
  'our scripts': (server) => [tag(`${server}settings.js`), tag(`${server}dragon-compat.js`), tag('/angular.js')].join('\n'),
};

let browser;
let pages;
const served = {};
before(async () => {
  browser = await launchBrowser();
  const folder = await swampdragonFolder();
  for (const [path, file] of [
    ['/swampdragon.js', join(folder, 'dist/swampdragon.js')],
    ['/datamapper.js', join(folder, 'dist/datamapper.js')],
    ['/services.js', join(folder, 'angular/services.js')],
    ['/sockjs-0.3.4.js', join(folder, 'vendor/sockjs-0.3.4.js')],
    ['/angular.js', new URL('../node_modules/angular/angular.js', import.meta.url)],
    ['/page.js', new URL('talk/page.js', import.meta.url)],
  ]) {
    served[path] = { type: 'text/javascript; charset=utf-8', text: readFileSync(file) };
  }
  pages = await servePages(served);
});
after(async () => {
  await browser?.close();
  await pages?.stop();
});

/** Opens the page; `received` is the last part of each address by which it has received. */
async function open(t) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  page.wrong = [];
  page.received = new Set();
  const note = (url) => {
    const [, way] = /\/data\/\d+\/[^/]+\/([a-z_]+)$/.exec(new URL(url).pathname) ?? [];
    if (way && !way.endsWith('_send')) page.received.add(way);
  };
  page.on('pageerror', (error) => page.wrong.push(error.message));
  page.on('request', (request) => note(request.url()));
  page.on('websocket', (socket) => note(socket.url()));
  await page.goto(`${pages.origin}/`);
  return page;
}

const tick = (page, text) => part(page, text, 'done').click();
const add = async (page, text) => {
  await page.getByTestId('add-text').fill(text);
  await page.getByTestId('add').click();
};
const edit = async (page, text, to) => {
  await part(page, text, 'edit').fill(to);
  await part(page, text, 'save').click();
};

async function play(t, scripts, transport, end) {
  const app = await App.start({ DRAGON_ORIGINS: pages.origin, DRAGON_SOCKJS_CLIENT_URL: `${pages.origin}/sockjs-0.3.4.js` });
  t.after(() => app.stop());
  const html = readFileSync(new URL('talk/page.html', import.meta.url), 'utf8');
  served['/'] = { type: 'text/html; charset=utf-8', text: html.replace('<!-- SCRIPTS -->', () => scripts(app.url, transport)) };
  const [a, b] = [await open(t), await open(t)];
  const both = [a, b];
  await see(both, SEED, 20_000);
  await eventually(async () => assert.equal(await a.getByTestId('list-name').textContent(), 'Groceries'));

  await tick(a, 'Milk');
  await see(both, ['[x] Milk', '[x] Bread', '[ ] Apples']);
  await tick(b, 'Milk');
  await see(both, SEED);
  await add(a, 'Butter');
  await see(both, [...SEED, '[ ] Butter']);
  await add(b, 'Käse \u{1F9C0}');
  await see(both, [...SEED, '[ ] Butter', '[ ] Käse \u{1F9C0}']);
  await edit(b, 'Butter', 'Salted butter');
  await see(both, [...SEED, '[ ] Salted butter', '[ ] Käse \u{1F9C0}']);
  await part(a, 'Käse \u{1F9C0}', 'delete').click();
  await see(both, [...SEED, '[ ] Salted butter']);
  await add(a, ' ');
  await eventually(async () => assert.match(await a.getByTestId('add-error').textContent(), /1 to 100/));

  // The server ends, comes back, and has changed before the pages are there again.
  await app.kill(end);
  await app.run();
  assert.equal((await app.call('update', 'todo-item', { id: 3, text: 'Pears' })).context.state, 'success');
  assert.equal((await app.call('delete', 'todo-item', { id: 2 })).context.state, 'success');
  await see(both, ['[ ] Milk', '[ ] Pears', '[ ] Salted butter'], 30_000);
  await tick(b, 'Pears');
  await see(both, ['[ ] Milk', '[x] Pears', '[ ] Salted butter']);
  await tick(a, 'Milk');
  await see(both, ['[x] Milk', '[x] Pears', '[ ] Salted butter']);

  for (const page of both) {
    assert.deepEqual([...page.received], transport ? [TRANSPORTS[transport]] : [], 'by this transport alone');
    assert.deepEqual(page.wrong, []);
  }
}

for (const transport of Object.keys(TRANSPORTS)) {
  for (const name of ["SwampDragon's own scripts", 'our scripts over SockJS']) {
    test(`${name}, ${transport}: two pages are one, also after a restart`, (t) => play(t, SCRIPTS[name], transport, 'SIGTERM'));
  }
}

test("SwampDragon's own scripts: the server is killed and comes back", (t) => play(t, SCRIPTS["SwampDragon's own scripts"], 'websocket', 'SIGKILL'));

for (const end of ['SIGTERM', 'SIGKILL']) {
  test(`our scripts over a websocket, AngularJS loaded after them: the same, ended by ${end}`, (t) => play(t, SCRIPTS['our scripts'], null, end));
}

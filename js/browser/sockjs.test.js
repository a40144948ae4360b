// SockJS as browsers speak it: sockjs-client 1.6 and SockJS 0.3.4 (SwampDragon's) in Chromium against
// examples/sockjs-echo, over each transport alone. A page of another origin, as SwampDragon's pages are; what a client
// only does on the server's own origin is done there.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { swampdragonFolder } from '../scripts/swampdragon.js';
import { Echo, servePages } from './servers.js';
import { eventually, launchBrowser } from './support.js';

const CLIENTS = {
  'sockjs-client 1.6': {
    script: '/sockjs-1.6.js',
    transports: ['websocket', 'xhr-streaming', 'eventsource', 'iframe-eventsource', 'iframe-htmlfile', 'xhr-polling', 'iframe-xhr-polling', 'jsonp-polling'],
    own: ['htmlfile'],
    option: 'transports',
  },
  'SockJS 0.3.4': {
    script: '/sockjs-0.3.4.js',
    transports: ['websocket', 'xhr-streaming', 'iframe-eventsource', 'iframe-htmlfile', 'xhr-polling', 'iframe-xhr-polling', 'jsonp-polling'],
    own: [],
    option: 'protocols_whitelist',
  },
};

// What the page does; it is given to the browser as text.
function inThePage() {
  /** Connects over one transport; everything that comes is kept. */
  window.open1 = (url, options) => {
    const socket = new SockJS(url, null, options);
    const state = { opened: false, messages: [], closed: null, transport: null };
    socket.onopen = () => Object.assign(state, { opened: true, transport: socket.transport ?? socket.protocol });
    socket.onmessage = ({ data }) => state.messages.push(data);
    socket.onclose = ({ code, reason }) => (state.closed = { code, reason });
    Object.assign(window, { socket, state });
  };

  /** Sends texts and says whether just these have come back, in their order; else what is wrong. */
  window.echoed = async (texts) => {
    state.messages.length = 0;
    for (const text of texts) socket.send(text);
    while (state.messages.length < texts.length) {
      if (state.closed) return `closed: ${JSON.stringify(state.closed)}`;
      await new Promise((done) => setTimeout(done, 10));
    }
    const at = texts.findIndex((text, i) => text !== state.messages[i]);
    return at < 0 && state.messages.length === texts.length ? 'all' : `${at}: ${JSON.stringify(state.messages[at])?.slice(0, 200)}`;
  };

  /** Every character but the surrogates, which stand only in pairs, some of them. */
  window.characters = () => {
    const texts = [];
    for (let from = 0; from < 0x10000; from += 0x400) {
      if (from >= 0xd800 && from < 0xe000) continue;
      texts.push(String.fromCharCode(...Array.from({ length: 0x400 }, (_, i) => from + i)));
    }
    return [...texts, '\u{1F409}\u{10FFFF}\u{10000}', 'e\u0301', '\u202Eleft', '<\/script><b>', '\\"\'', ' ', '[]', '["a"]'];
  };
}

const PAGE = (script) => `<!doctype html><meta charset="utf-8"><title>SockJS</title><script src="${script}"></script>
<script>(${inThePage})();</script><body></body>`;

let browser;
let pages;
before(async () => {
  browser = await launchBrowser();
  const script = (text) => ({ type: 'text/javascript; charset=utf-8', text });
  const served = {
    '/sockjs-1.6.js': script(readFileSync(new URL('../node_modules/sockjs-client/dist/sockjs.js', import.meta.url))),
    '/sockjs-0.3.4.js': script(readFileSync(join(await swampdragonFolder(), 'vendor/sockjs-0.3.4.js'))),
  };
  for (const [name, { script }] of Object.entries(CLIENTS)) served[`/${name}`.replaceAll(' ', '-')] = { type: 'text/html', text: PAGE(script) };
  pages = await servePages(served);
});
after(async () => {
  await browser?.close();
  await pages?.stop();
});

async function opened(page) {
  await eventually(async () => {
    const { opened, closed } = await page.evaluate(() => state);
    assert.ok(opened, `not open: ${JSON.stringify(closed)}`);
  }, 20_000);
}

for (const [name, { script, transports, own, option }] of Object.entries(CLIENTS)) {
  for (const transport of [...transports, ...own]) {
    test(`${name}, ${transport}: messages both ways, a close, a lost server, and back`, async (t) => {
      const echo = await Echo.start(`${pages.origin}${script}`);
      t.after(() => echo.kill());
      const context = await browser.newContext();
      t.after(() => context.close());
      const page = await context.newPage();
      const wrong = [];
      page.on('pageerror', (error) => wrong.push(error.message));
      let address = `${pages.origin}/${name.replaceAll(' ', '-')}`;
      if (own.includes(transport)) {
        address = `${echo.url}page`;
        const text = PAGE(`${pages.origin}${script}`);
        await page.route(address, (route) => route.fulfill({ contentType: 'text/html', body: text }));
      }
      await page.goto(address);
      const open = (service) => page.evaluate(([url, options]) => open1(url, options), [`${echo.url}${service}`, { [option]: [transport] }]);

      await open('echo');
      await opened(page);
      assert.equal(await page.evaluate(() => state.transport), transport);
      assert.equal(await page.evaluate(() => echoed(['hello', ''])), 'all');
      assert.equal(await page.evaluate(() => echoed(characters())), 'all');
      assert.equal(await page.evaluate(() => echoed(['x'.repeat(200_000), 'é\u{1F409}'.repeat(30_000), 'after'])), 'all', 'large ones');
      assert.equal(await page.evaluate(() => echoed(Array.from({ length: 300 }, (_, n) => `${n}`))), 'all', 'many');
      await page.evaluate(() => socket.close(3999, 'enough'));
      await eventually(async () => assert.deepEqual(await page.evaluate(() => state.closed), { code: 3999, reason: 'enough' }));

      await open('close');
      await eventually(async () => assert.deepEqual(await page.evaluate(() => state.closed), { code: 3000, reason: 'Go away!' }), 20_000);

      await open('echo');
      await opened(page);
      assert.equal(await page.evaluate(() => echoed(['before'])), 'all');
      // Over some transports the client asks again and again, and learns from the next server that its session is no more;
      // over htmlfile, whose frame tells it nothing, when it sends.
      await echo.kill();
      await echo.run();
      await page.evaluate(() => {
        try {
          socket.send('is anybody there?');
        } catch {
          // It knows already.
        }
      });
      await eventually(async () => assert.ok(await page.evaluate(() => state.closed)), 30_000);
      await open('echo');
      await opened(page);
      assert.equal(await page.evaluate(() => echoed(['again'])), 'all');
      assert.deepEqual(wrong, []);
    });
  }
}

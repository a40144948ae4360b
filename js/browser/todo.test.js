// The todo application as people use it: the real server, two browsers.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { App, connected, eventually, item, items, launchBrowser, openPage, part, see, seeFocus, seeLists } from './support.js';

const SEED = ['[ ] Milk', '[x] Bread', '[ ] Apples'];

let browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser?.close());

/** Two pages on a fresh server; at the end nothing may have gone wrong in either. */
async function two(t, options) {
  const app = await App.start();
  t.after(() => app.stop());
  const pages = await Promise.all([openPage(browser, app.url, options), openPage(browser, app.url, options)]);
  t.after(() => Promise.all(pages.map((page) => page.context().close())));
  await see(pages, SEED);
  return { app, pages, a: pages[0], b: pages[1], fine: () => assert.deepEqual(pages.map((page) => page.wrong), [[], []]) };
}

const add = async (page, text) => {
  await page.getByTestId('item-add-text').fill(text);
  await page.getByTestId('item-add-text').press('Enter');
};

test('what one does to an item the other sees, both ways', async (t) => {
  const { a, b, pages, fine } = await two(t);
  await part(a, 'Milk', 'done').click();
  await see(pages, ['[x] Milk', '[x] Bread', '[ ] Apples']);
  await part(b, 'Milk', 'done').click();
  await see(pages, SEED);

  await add(a, 'Butter');
  await see(pages, [...SEED, '[ ] Butter']);
  await add(b, 'Eggs');
  await see(pages, [...SEED, '[ ] Butter', '[ ] Eggs']);

  await part(b, 'Butter', 'edit').click();
  await b.getByTestId('item-edit-text').filter({ visible: true }).fill('Salted butter');
  await b.getByTestId('item-save').filter({ visible: true }).click();
  await see(pages, [...SEED, '[ ] Salted butter', '[ ] Eggs']);
  await part(a, 'Eggs', 'edit').click();
  await a.getByTestId('item-edit-text').filter({ visible: true }).fill('Six eggs');
  await a.getByTestId('item-edit-text').filter({ visible: true }).press('Enter');
  await see(pages, [...SEED, '[ ] Salted butter', '[ ] Six eggs']);

  await part(a, 'Salted butter', 'delete').click();
  await see(pages, [...SEED, '[ ] Six eggs']);
  await part(b, 'Six eggs', 'delete').click();
  await see(pages, SEED);
  fine();
});

test('open items are counted, in the list and beside its name', async (t) => {
  const { a, b, fine } = await two(t);
  const count = (page, text) => eventually(async () => assert.equal(await page.getByTestId('open-count').textContent(), text));
  await count(a, '2 open');
  await part(b, 'Milk', 'done').click();
  await count(a, '1 open');
  await eventually(async () => assert.deepEqual(await a.getByTestId('list-count').allTextContents(), ['1', '2']));
  fine();
});

test('what one does to a list the other sees, both ways', async (t) => {
  const { a, b, pages, fine } = await two(t);
  await seeLists(pages, ['Groceries', 'Work']);
  await a.getByTestId('list-add-name').fill('Garden');
  await a.getByTestId('list-add').click();
  await seeLists(pages, ['Garden', 'Groceries', 'Work']);
  await eventually(async () => assert.equal(await a.getByTestId('list-title').textContent(), 'Garden'));
  assert.equal(await b.getByTestId('list-title').textContent(), 'Groceries', 'the other stays where it was');
  await see(a, []);
  await see(b, SEED);

  await b.getByTestId('list-choose').filter({ hasText: 'Garden' }).click();
  await add(b, 'Plant beans');
  await see(pages, ['[ ] Plant beans']);

  await b.getByTestId('list-rename').click();
  await b.getByTestId('list-rename-name').fill('Vegetables');
  await b.getByTestId('list-rename-description').fill('Behind the house');
  await b.getByTestId('list-rename-save').click();
  await seeLists(pages, ['Groceries', 'Vegetables', 'Work']);
  await eventually(async () => assert.equal(await a.getByTestId('list-description').textContent(), 'Behind the house'));

  await a.getByTestId('list-delete').click();
  await a.getByTestId('list-delete-confirm').click();
  await seeLists(pages, ['Groceries', 'Work']);
  await see(pages, SEED);
  for (const page of pages) assert.match(await page.getByTestId('notice').textContent(), /“Vegetables” was deleted/);
  fine();
});

test('a filter: what is ticked elsewhere leaves one view and enters the other', async (t) => {
  const { a, b, fine } = await two(t);
  await a.getByTestId('filter-open').check();
  await b.getByTestId('filter-done').check();
  await see(a, ['[ ] Milk', '[ ] Apples']);
  await see(b, ['[x] Bread']);
  await part(a, 'Milk', 'done').click();
  await see(a, ['[ ] Apples']);
  await see(b, ['[x] Milk', '[x] Bread']);
  await part(b, 'Bread', 'done').click();
  await see(a, ['[ ] Bread', '[ ] Apples']);
  await see(b, ['[x] Milk']);
  await a.reload();
  await see(a, ['[ ] Bread', '[ ] Apples']);
  fine();
});

test('what the server says against a field is shown beside it', async (t) => {
  const { a, b, pages, fine } = await two(t);
  const error = a.getByTestId('item-add-error');
  for (const text of ['   ', 'x'.repeat(101)]) {
    await add(a, text);
    await eventually(async () => assert.notEqual(await error.textContent(), ''));
    assert.ok(await error.isVisible());
    assert.equal(await a.getByTestId('item-add-text').getAttribute('aria-invalid'), 'true');
    assert.equal(await a.getByTestId('item-add-text').inputValue(), text, 'what was typed is still there');
  }
  await add(a, 'x'.repeat(100));
  await see(pages, [...SEED, `[ ] ${'x'.repeat(100)}`]);
  assert.ok(await error.isHidden());

  await part(b, 'Milk', 'edit').click();
  const input = b.getByTestId('item-edit-text').filter({ visible: true });
  await input.fill('');
  await input.press('Enter');
  await eventually(async () => assert.ok(await b.getByTestId('item-error').filter({ visible: true }).isVisible()));
  await input.press('Escape');
  await seeFocus(b, 'item-edit', 'Edit Milk');
  assert.equal(await b.getByTestId('item-error').filter({ visible: true }).count(), 0);
  await see(pages, [...SEED, `[ ] ${'x'.repeat(100)}`]);
  fine();
});

test('a tick that the server refuses is taken back', async (t) => {
  const app = await App.start();
  t.after(() => app.stop());
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.routeWebSocket('**/ws', (ws) => {
    const server = ws.connectToServer();
    ws.onMessage((text) => {
      const { verb, callbackname } = JSON.parse(text);
      if (verb !== 'update') return server.send(text);
      const context = { client_callback_name: callbackname, verb, state: 'error', code: 'denied' };
      return setTimeout(() => ws.send(JSON.stringify({ data: { error: ['Not yours to tick.'] }, context })), 300);
    });
  });
  await page.goto(app.url);
  await see(page, SEED);
  await part(page, 'Milk', 'done').click();
  await see(page, ['[x] Milk', '[x] Bread', '[ ] Apples']);
  await see(page, SEED);
  assert.equal(await part(page, 'Milk', 'error').textContent(), 'Not yours to tick.');
});

test('the server is killed and comes back: both pages are right again by themselves', async (t) => {
  const { app, a, b, pages, fine } = await two(t);
  await part(a, 'Milk', 'done').click();
  await see(pages, ['[x] Milk', '[x] Bread', '[ ] Apples']);
  await app.kill('SIGKILL');
  await Promise.all(pages.map((page) => connected(page, 'reconnecting')));
  assert.deepEqual(await items(b), ['[x] Milk', '[x] Bread', '[ ] Apples'], 'what was known stays in view');

  await app.run();
  // Perhaps before the pages are back, perhaps after: it must not matter.
  assert.equal((await app.call('update', 'todo-item', { id: 3, text: 'Pears' })).context.state, 'success');
  assert.equal((await app.call('delete', 'todo-item', { id: 2 })).context.state, 'success');
  assert.equal((await app.call('create', 'todo-item', { todo_list_id: 1, text: 'Rye bread' })).context.state, 'success');
  await Promise.all(pages.map((page) => connected(page)));
  await see(pages, ['[x] Milk', '[ ] Pears', '[ ] Rye bread'], 20_000);
  await part(b, 'Pears', 'done').click();
  await see(pages, ['[x] Milk', '[x] Pears', '[ ] Rye bread']);
  fine();
});

test('killed in the middle of ticking: nothing that was acknowledged is lost', async (t) => {
  const { app, a, pages, fine } = await two(t);
  for (let round = 0; round < 3; round += 1) {
    // Ticks as fast as it can, and keeps what was acknowledged last; then the server dies between two of them.
    const acknowledged = a.evaluate(async () => {
      const client = window.dragon.connect();
      let last = null;
      try {
        for (let n = 0; ; n += 1) last = (await client.update('todo-item', { id: 1, text: `Milk ${n}` })).text ?? last;
      } catch {
        client.close();
        return last;
      }
    });
    await new Promise((done) => setTimeout(done, 300));
    await app.kill('SIGKILL');
    const last = Number((await acknowledged).split(' ')[1]);
    await app.run();
    const { data } = await app.call('get_single', 'todo-item', { id: 1 });
    const stored = Number(data.text.split(' ')[1]);
    assert.ok(stored === last || stored === last + 1, `acknowledged ${last}, stored ${stored}`);
    await see(pages, [`[ ] ${data.text}`, '[x] Bread', '[ ] Apples'], 20_000);
  }
  fine();
});

test('what is ticked while the server is away is sent when it is back', async (t) => {
  const { app, a, pages, fine } = await two(t);
  await app.kill('SIGKILL');
  await connected(a, 'reconnecting');
  await part(a, 'Apples', 'done').click();
  await add(a, 'Butter');
  await app.run();
  await see(pages, ['[ ] Milk', '[x] Bread', '[x] Apples', '[ ] Butter'], 20_000);
  fine();
});

test('with the keyboard alone', async (t) => {
  const { a, b, pages, fine } = await two(t);
  const press = async (...keys) => {
    for (const key of keys) await a.keyboard.press(key);
  };
  await press('Tab', 'Enter');
  await seeFocus(a, 'list-title');

  // Add: the focus stays, for the next one.
  await a.getByTestId('item-add-text').focus();
  await a.keyboard.type('Butter');
  await press('Enter');
  await see(pages, [...SEED, '[ ] Butter']);
  await a.keyboard.type('Eggs');
  await press('Enter');
  await see(pages, [...SEED, '[ ] Butter', '[ ] Eggs']);
  await seeFocus(a, 'item-add-text');

  // Tick, edit and give it up, edit and keep it.
  await press('Tab', 'Tab', 'Tab');
  await seeFocus(a, 'item-done');
  await press('Space');
  await see(pages, ['[x] Milk', '[x] Bread', '[ ] Apples', '[ ] Butter', '[ ] Eggs']);
  await press('Tab', 'Enter');
  await seeFocus(a, 'item-edit-text');
  await a.keyboard.type('Nonsense');
  await press('Escape');
  await seeFocus(a, 'item-edit', 'Edit Milk');
  await press('Enter');
  await a.keyboard.type('Oat milk');
  await press('Enter');
  await see(pages, ['[x] Oat milk', '[x] Bread', '[ ] Apples', '[ ] Butter', '[ ] Eggs']);
  await seeFocus(a, 'item-edit', 'Edit Oat milk');

  // Delete: the focus goes to the neighbour, in the end to the input above.
  await press('Tab', 'Enter');
  await seeFocus(a, 'item-delete', 'Delete Bread');
  await press('Enter');
  await seeFocus(a, 'item-delete', 'Delete Apples');
  await press('Enter');
  await seeFocus(a, 'item-delete', 'Delete Butter');
  await part(b, 'Eggs', 'delete').click();
  await see(pages, ['[ ] Butter']);
  await seeFocus(a, 'item-delete', 'Delete Butter');
  await press('Enter');
  await see(pages, []);
  await seeFocus(a, 'item-add-text');
  assert.equal(await a.getByTestId('items-empty').textContent(), 'Nothing here yet. Add the first item above.');

  // Filters by the arrows, a list by Enter, its end by Escape and then for good.
  await press('Tab', 'Tab');
  await seeFocus(a, 'filter-all');
  await press('ArrowRight');
  await seeFocus(a, 'filter-open');
  await a.getByTestId('list-choose').nth(1).focus();
  await press('Enter');
  await see(a, ['[ ] Write the report', '[ ] Call the bank']);
  await seeFocus(a, 'list-choose', 'Work, 2 open');
  await a.getByTestId('list-delete').focus();
  await press('Enter');
  await seeFocus(a, 'list-delete-cancel');
  await press('Escape');
  await seeFocus(a, 'list-delete', 'Delete Work');
  await press('Enter', 'Shift+Tab', 'Enter');
  await seeLists(pages, ['Groceries']);
  await seeFocus(a, 'list-title');
  fine();
});

test('every target that has the focus shows it', async (t) => {
  const { a } = await two(t);
  for (let i = 0; i < 14; i += 1) {
    await a.keyboard.press('Tab');
    const shown = await a.evaluate(() => {
      const node = document.activeElement;
      const target = node.type === 'radio' ? node.nextElementSibling : node;
      return [node.outerHTML.slice(0, 80), getComputedStyle(target).outlineStyle, target.getBoundingClientRect().width > 0];
    });
    assert.deepEqual(shown.slice(1), ['solid', true], shown[0]);
  }
});

test('texts are texts, whatever they look like', async (t) => {
  const { a, pages, fine } = await two(t);
  const text = '<img src=x onerror="document.title=1"> & "quotes" 😀';
  await add(a, text);
  await see(pages, [...SEED, `[ ] ${text}`]);
  for (const page of pages) {
    assert.equal(await page.title(), 'Todo');
    assert.equal(await page.locator('main img').count(), 0);
  }
  fine();
});

test('what someone is typing survives the changes of others', async (t) => {
  const { a, b, pages, fine } = await two(t);
  await part(a, 'Apples', 'edit').click();
  const input = a.getByTestId('item-edit-text').filter({ visible: true });
  await input.fill('Green app');
  await part(b, 'Milk', 'delete').click();
  await add(b, 'Butter');
  await part(b, 'Apples', 'done').click();
  await see(pages, ['[x] Bread', '[x] Apples', '[ ] Butter']);
  await seeFocus(a, 'item-edit-text');
  await a.keyboard.type('les');
  await a.keyboard.press('Enter');
  await see(pages, ['[x] Bread', '[x] Green apples', '[ ] Butter']);

  await part(a, 'Butter', 'edit').click();
  await a.getByTestId('item-edit-text').filter({ visible: true }).fill('Salted butter');
  await part(b, 'Butter', 'delete').click();
  await see(pages, ['[x] Bread', '[x] Green apples']);
  assert.match(await a.getByTestId('notice').textContent(), /Salted butter/, 'and is not thrown away with the item');
  fine();
});

test('the page in the README of the client works as it stands', async (t) => {
  const { app, a } = await two(t);
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const body = /```html\n(.*?)```/s.exec(readme)[1];
  const page = await a.context().newPage();
  const wrong = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  // A page that is put in from here counts as public, and Chromium asks before such a page may talk to this machine.
  await a.context().grantPermissions(['local-network-access']).catch(() => {}); // An older one does not know the question.
  await page.route('**/readme', (route) => route.fulfill({ contentType: 'text/html', body }));
  await page.goto(`${app.url}readme`);
  const seen = (wanted) => eventually(async () => assert.deepEqual(await page.locator('li').allInnerTexts(), wanted));
  await seen([' Apples', ' Milk', ' Bread']);
  await page.locator('li').nth(1).locator('input').click();
  await see(a, ['[x] Milk', '[x] Bread', '[ ] Apples']);
  await seen([' Apples', ' Bread', ' Milk']);
  await page.locator('input[name=text]').fill(' ');
  await page.getByText('Add', { exact: true }).click();
  await eventually(async () => assert.notEqual(await page.locator('#wrong').textContent(), ''));
  await page.locator('input[name=text]').fill('Butter');
  await page.getByText('Add', { exact: true }).click();
  await seen([' Apples', ' Butter', ' Bread', ' Milk']);
  assert.equal(await page.locator('#status').textContent(), 'live');
  assert.deepEqual(wrong, []);
});

test('it fits on a phone, and in both colour schemes words can be read', async (t) => {
  for (const colorScheme of ['light', 'dark']) {
    const { a, fine } = await two(t, { viewport: { width: 320, height: 640 }, colorScheme });
    await add(a, 'Averylongwordwithoutasinglespaceinitthatwouldneverfitonanyphoneonearth');
    await eventually(async () => assert.equal((await items(a)).length, 4));
    await item(a, 'Milk').getByTestId('item-edit').click();
    await add(a, ' ');
    await a.getByTestId('list-delete').click();
    const wide = await a.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(wide, 320);
    const worst = await a.evaluate(() => {
      const luminance = (rgb) => {
        const [r, g, b] = rgb.map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
      const ground = (node) => {
        const found = numbers(getComputedStyle(node).backgroundColor);
        return found.length === 4 && found[3] === 0 && node.parentElement ? ground(node.parentElement) : found.slice(0, 3);
      };
      let low = [99, ''];
      for (const node of document.querySelectorAll('body *')) {
        const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
        if (!own || !node.checkVisibility() || node.closest('[aria-busy]')) continue;
        const [one, two] = [luminance(numbers(getComputedStyle(node).color).slice(0, 3)), luminance(ground(node))];
        const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
        if (ratio < low[0]) low = [ratio, node.outerHTML.slice(0, 100)];
      }
      return low;
    });
    assert.ok(worst[0] >= 4.5, `${colorScheme}: contrast ${worst[0].toFixed(2)} at ${worst[1]}`);
    fine();
  }
});

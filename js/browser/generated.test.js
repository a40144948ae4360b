// The page of a new project, as `dragon-cli new` writes it: the real server, two browsers. DRAGON_FRONTEND says of which
// frontend: vanilla, react, svelte or vue.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Generated } from './servers.js';
import { eventually, launchBrowser } from './support.js';

const MODELS = ['todo_list name:string!', 'todo_item text:string! done:bool due:date price:decimal list:ref(todo_list)!'];

const FRONTEND = process.env.DRAGON_FRONTEND ?? 'vanilla';

let app;
let browser;
before(async () => {
  browser = await launchBrowser();
  app = await Generated.start(`gen-browser-${FRONTEND}`, FRONTEND, MODELS.flatMap((model) => ['--model', model]));
});
after(async () => {
  await browser?.close();
  await app?.stop();
});

const connected = (page, state = 'connected') => page.locator(`#connection[data-state=${state}]`).waitFor();

// Two pages, each of its own profile; at the end nothing may have gone wrong in either.
let a;
let b;
beforeEach(async () => {
  [a, b] = await Promise.all([open({ viewport: { width: 900, height: 700 } }), open({ viewport: { width: 360, height: 640 } })]);
});
afterEach(async () => {
  const wrong = [a, b].flatMap((page) => page.wrong);
  for (const page of [a, b]) await page.context().close();
  assert.deepEqual(wrong, []);
});

async function open(options) {
  // The page writes days as its reader does, whatever language the machine speaks.
  const page = await (await browser.newContext({ locale: 'en-US', timezoneId: 'UTC', ...options })).newPage();
  page.wrong = [];
  page.on('pageerror', (error) => page.wrong.push(error.message));
  page.on('console', (message) => {
    // A refused connection is the browser's own line, and the point of a test.
    if (message.type() === 'error' && !message.text().includes('WebSocket connection')) page.wrong.push(message.text());
  });
  page.setDefaultTimeout(20_000);
  await page.goto(app.url);
  await connected(page);
  return page;
}

const tab = (page, title) => page.getByRole('link', { name: title }).click();
const form = (page, label) => page.getByRole('form', { name: `New ${label}` });
const add = (page, label) => form(page, label).getByRole('button', { name: 'Add' }).click();
const rows = (page) => page.locator('section:not([hidden]) > ul > li');
const names = (page) => page.locator('section:not([hidden]) li .name').allTextContents();
const see = (pages, wanted) =>
  Promise.all([pages].flat().map((page) => eventually(async () => assert.deepEqual(await names(page), wanted), 20_000)));
const seeDetails = (page, name, text) =>
  eventually(async () => assert.equal(await rows(page).filter({ hasText: name }).locator('.details').textContent(), text));

/** Deletes what is there, so that each test begins with nothing. */
async function empty(...titles) {
  for (const title of titles) {
    await tab(a, title);
    // Some pages ask for the rows only when they show them.
    await a.locator('section:not([hidden])[data-status=live]', { has: a.getByRole('heading', { name: title }) }).waitFor();
    for (const name of await names(a)) {
      await a.getByRole('button', { name: `Delete ${name}`, exact: true }).click();
      await a.getByRole('button', { name: `Really delete ${name}`, exact: true }).click();
      await a.getByRole('button', { name: `Really delete ${name}`, exact: true }).waitFor({ state: 'detached' });
    }
    await see(a, []);
  }
}

/** A list, and an item in it, seen in both pages. */
async function groceries() {
  await empty('Todo items', 'Todo lists');
  await form(a, 'todo list').getByLabel('Name').fill('Groceries');
  await add(a, 'todo list');
  await Promise.all([tab(a, 'Todo items'), tab(b, 'Todo items')]);
  await form(a, 'todo item').getByLabel('Text').fill('Milk');
  await form(a, 'todo item').getByLabel('List').selectOption({ label: 'Groceries' });
  await form(a, 'todo item').getByLabel('Text').press('Enter');
  await see([a, b], ['Milk']);
}

test('what one does the other sees, both ways, and what is referred to is chosen by its name', async () => {
  await groceries();
  await seeDetails(b, 'Milk', 'List: Groceries');
  assert.equal(await form(a, 'todo item').getByLabel('Text').inputValue(), '', 'ready for the next');

  // A tick here, a tick there.
  await rows(b).filter({ hasText: 'Milk' }).getByLabel('Done').check();
  await eventually(async () => assert.ok(await rows(a).filter({ hasText: 'Milk' }).getByLabel('Done').isChecked()));

  // A list made in one page can be chosen at once in the other, and a renamed one is shown by its new name.
  await tab(b, 'Todo lists');
  await form(b, 'todo list').getByLabel('Name').fill('Work');
  await add(b, 'todo list');
  await form(a, 'todo item').getByLabel('Text').fill('Report');
  await form(a, 'todo item').getByLabel('List').selectOption({ label: 'Work' });
  await form(a, 'todo item').getByLabel('Due').fill('2026-12-24');
  await form(a, 'todo item').getByLabel('Price').fill('12.5');
  await add(a, 'todo item');
  await see(a, ['Milk', 'Report']);
  await seeDetails(a, 'Report', 'Due: 12/24/2026 · Price: 12.5 · List: Work');
  await b.getByRole('button', { name: 'Edit Work' }).click();
  await rows(b).getByLabel('Name').fill('Office');
  await rows(b).getByRole('button', { name: 'Save' }).click();
  await seeDetails(a, 'Report', 'Due: 12/24/2026 · Price: 12.5 · List: Office');

  // What belongs to a list goes with it.
  await b.getByRole('button', { name: 'Delete Office' }).click();
  await b.getByRole('button', { name: 'Really delete Office' }).click();
  await see(a, ['Milk']);
});

test('an edit sends what was changed, and leaves what others changed meanwhile', async () => {
  await groceries();
  await a.getByRole('button', { name: 'Edit Milk' }).click();
  await rows(b).filter({ hasText: 'Milk' }).getByLabel('Done').check();
  await rows(a).getByLabel('Text').fill('Butter');
  await rows(a).getByLabel('Text').press('Enter');
  await see([a, b], ['Butter']);
  assert.ok(await rows(a).filter({ hasText: 'Butter' }).getByLabel('Done').isChecked());
  // What is deleted while it is edited says so.
  await a.getByRole('button', { name: 'Edit Butter' }).click();
  await b.getByRole('button', { name: 'Delete Butter' }).click();
  await b.getByRole('button', { name: 'Really delete Butter' }).click();
  await see([a, b], []);
  await eventually(async () => assert.equal(await a.locator('#notice').textContent(), '“Butter” was deleted while you were editing it.'));
});

test('what the server says against a field is beside it', async () => {
  await groceries();
  const fields = form(a, 'todo item');
  await fields.getByLabel('Text').fill('   ');
  await fields.getByLabel('Price').fill('much');
  await fields.getByLabel('List').selectOption({ label: 'Choose…' });
  await add(a, 'todo item');
  const said = (name) => a.locator(`form[aria-label="New todo item"] .field:has(label:text-is("${name}")) .error`);
  await eventually(async () => assert.equal(await said('Price').textContent(), 'Write a decimal number.'));
  await see([a, b], ['Milk']);
  assert.equal(await fields.getByLabel('Price').getAttribute('aria-invalid'), 'true');
  assert.equal(await fields.getByLabel('Price').inputValue(), 'much', 'what was typed is still there');
  await fields.getByLabel('Price').fill('1');
  await add(a, 'todo item');
  await eventually(async () => assert.equal(await said('Text').textContent(), 'Write something.'));
  assert.equal(await said('List').textContent(), 'This field is required.');
  assert.ok(await said('Price').isHidden());
});

test('with the keyboard alone', async () => {
  await groceries();
  const focused = (page) => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.name);
  const seeFocus = (name) => eventually(async () => assert.equal(await focused(a), name));
  await seeFocus('text');
  await a.keyboard.type('Eggs');
  await a.keyboard.press('Enter');
  await see([a, b], ['Milk', 'Eggs']);
  await a.getByRole('button', { name: 'Edit Milk' }).focus();
  await a.keyboard.press('Enter');
  await seeFocus('text');
  await a.keyboard.press('End');
  await a.keyboard.type(', fresh');
  await a.keyboard.press('Enter');
  await see([a, b], ['Milk, fresh', 'Eggs']);
  await seeFocus('Edit Milk, fresh');
  await a.keyboard.press('Enter');
  await seeFocus('text');
  await a.keyboard.type(' or not');
  await a.keyboard.press('Escape');
  await seeFocus('Edit Milk, fresh');
  await a.keyboard.press('Tab');
  await a.keyboard.press('Enter');
  await seeFocus('Really delete Milk, fresh');
  await a.keyboard.press('Enter');
  await see([a, b], ['Eggs']);
  await eventually(async () => assert.notEqual(await a.evaluate(() => document.activeElement.tagName), 'BODY'));
});

test('the server is killed and comes back: both pages are right again by themselves', async () => {
  await groceries();
  await app.kill();
  await Promise.all([a, b].map((page) => connected(page, 'reconnecting')));
  assert.deepEqual(await names(b), ['Milk'], 'what was known stays in view');
  await rows(a).filter({ hasText: 'Milk' }).getByLabel('Done').check();
  await app.run();
  await Promise.all([a, b].map((page) => connected(page)));
  await eventually(async () => assert.ok(await rows(b).filter({ hasText: 'Milk' }).getByLabel('Done').isChecked()), 20_000);
});

test('a narrow page has nothing beside it, and a reload shows the same model', async () => {
  await groceries();
  await tab(b, 'Todo lists');
  await b.getByRole('button', { name: 'Edit Groceries' }).click();
  assert.ok(await b.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
  await b.reload();
  await connected(b);
  await see(b, ['Groceries']);
});

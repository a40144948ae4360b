// npm run screenshots [-- FILE]: two windows of the todo application side by side, as one picture for the README.

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, eventually, launchBrowser, openPage, part, see } from './support.js';

const file = process.argv[2] ? resolve(process.argv[2]) : fileURLToPath(new URL('../../docs/todo.png', import.meta.url));
const [app, browser] = [await App.start(), await launchBrowser()];
try {
  const size = { width: 740, height: 580 }; // Wide enough for the lists to stand beside the list.
  const left = await openPage(browser, app.url, { viewport: size, colorScheme: 'light' });
  const right = await openPage(browser, app.url, { viewport: size, colorScheme: 'dark' });
  for (const text of ['Coffee', 'A book for Sunday']) {
    await left.getByTestId('item-add-text').fill(text);
    await left.getByTestId('item-add-text').press('Enter');
    await eventually(() => part(right, text, 'done').waitFor({ timeout: 1_000 }));
  }
  await part(left, 'Milk', 'done').click();
  await see([left, right], ['[x] Milk', '[x] Bread', '[ ] Apples', '[ ] Coffee', '[ ] A book for Sunday']);
  await left.getByTestId('item-add-text').blur();
  const pictures = await Promise.all([left, right].map(async (page) => (await page.screenshot()).toString('base64')));

  const frame = await (await browser.newContext({ viewport: { width: 2 * size.width + 72, height: size.height + 48 } })).newPage();
  await frame.setContent(`<style>
    body { margin: 0; padding: 24px; display: flex; gap: 24px; background: #c9d3cd; }
    img { border-radius: 10px; box-shadow: 0 6px 24px rgb(0 0 0 / 30%); }
  </style>${pictures.map((data) => `<img src="data:image/png;base64,${data}">`).join('')}`);
  await frame.screenshot({ path: file });
  console.log(file);
} finally {
  await browser.close();
  await app.stop();
}

// node scripts/declarations.js FOLDER: writes the declarations of the client as one file, for `dragon-cli types`: pages that
// load /dragon.js have no package to take them from.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the file is called. */
export const NAME = 'dragon-client.d.ts';

// In an order in which it can be read; imports between them fall away.
const FILES = [
  'client.d.ts',
  'routes.d.ts',
  'data/live-list.d.ts',
  'data/mapper.d.ts',
  'data/order.d.ts',
  'data/store.d.ts',
  'error.d.ts',
  'backoff.d.ts',
  'transports/websocket.d.ts',
];

/** The text of the file. */
export async function declarations() {
  const texts = await Promise.all(FILES.map((file) => readFile(new URL(`../src/${file}`, import.meta.url), 'utf8')));
  return texts
    .map((text) => text.replaceAll(/^import type [^;]*;\n/gm, '').replaceAll(/^export \{\};\n/gm, '').trim())
    .map((text) => `${text}\n`)
    .join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2];
  if (!folder) {
    console.error('Say where to write the declarations: node scripts/declarations.js FOLDER');
    process.exit(2);
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, NAME), await declarations());
}

// node scripts/build.js FILE: writes the bundle.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { bundle } from './bundle.js';

const file = process.argv[2];
if (!file) {
  console.error('Say where to write the bundle: node scripts/build.js FILE');
  process.exit(2);
}
await mkdir(dirname(resolve(file)), { recursive: true });
await writeFile(file, await bundle());

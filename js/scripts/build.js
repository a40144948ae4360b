// node scripts/build.js FOLDER: writes the bundles.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle, BUNDLES } from './bundle.js';

const folder = process.argv[2];
if (!folder) {
  console.error('Say where to write the bundles: node scripts/build.js FOLDER');
  process.exit(2);
}
await mkdir(folder, { recursive: true });
for (const name of Object.keys(BUNDLES)) await writeFile(join(folder, name), await bundle(name));

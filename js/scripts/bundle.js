// Makes the bundle for a script tag: everything that index.js exports, as `window.dragon`. In memory; see build.js.

import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const header = `// The client of Dragon as one script: window.dragon = { connect, liveList, DataMapper, ... }.
//
// Made from the package dragon-client, folder js/, by \`npm run build\` there. Do not edit: change js/src and build again.
// The test js/test/bundle.test.js fails when this file and its source differ.
`;

/** The text of the bundle; `minify` only to measure it. */
export async function bundle({ minify = false } = {}) {
  const result = await build({
    absWorkingDir: root, // So that the same text comes out wherever the checkout lies.
    entryPoints: ['index.js'],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'dragon',
    target: 'es2022',
    charset: 'utf8',
    minify,
    banner: { js: header },
  });
  return result.outputFiles[0].text;
}

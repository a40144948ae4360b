// Makes the bundles for script tags, in memory; see build.js.

import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** By file name: where it begins, the global that it sets if it exports something, and what it says on top. */
export const BUNDLES = {
  'dragon.js': {
    entry: 'index.js',
    globalName: 'dragon',
    title: 'The client of Dragon as one script: window.dragon = { connect, liveList, DataMapper, ... }.',
  },
  'dragon-compat.js': {
    entry: 'src/compat/script.js',
    title: "For SwampDragon's pages: window.swampdragon, window.DataMapper, and AngularJS's SwampDragonServices.",
  },
};

const header = (title) => `// ${title}
//
// Made from the package dragon-client, folder js/, by \`npm run build\` there. Do not edit: change js/src and build again.
// The test js/test/bundle.test.js fails when this file and its source differ.
`;

/** The text of a bundle; `minify` only to measure it. */
export async function bundle(name, { minify = false } = {}) {
  const { entry, globalName, title } = BUNDLES[name];
  const result = await build({
    absWorkingDir: root, // So that the same text comes out wherever the checkout lies.
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    globalName,
    target: 'es2022',
    charset: 'utf8',
    minify,
    banner: { js: header(title) },
  });
  return result.outputFiles[0].text;
}

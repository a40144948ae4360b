import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file) => readFileSync(join(root, file), 'utf8');

function run(command, args, cwd = root) {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8' });
  assert.equal(done.status, 0, done.stdout + done.stderr);
  return done.stdout;
}

test('the package has exactly the files that are meant to be in it', () => {
  const [{ files }] = JSON.parse(run('npm', ['pack', '--dry-run', '--json', '--silent']));
  assert.deepEqual(
    files.map(({ path }) => path).sort(),
    [
      'LICENSE-APACHE',
      'LICENSE-MIT',
      'README.md',
      'compat.d.ts',
      'compat.js',
      'dist/dragon-compat.js',
      'dist/dragon.js',
      'index.d.ts',
      'index.js',
      'package.json',
      'src/backoff.d.ts',
      'src/backoff.js',
      'src/calls.js',
      'src/channels.js',
      'src/client.d.ts',
      'src/client.js',
      'src/compat/angular.js',
      'src/compat/install.js',
      'src/compat/script.js',
      'src/compat/socket.js',
      'src/compat/swampdragon.js',
      'src/connection.js',
      'src/data/live-list.d.ts',
      'src/data/live-list.js',
      'src/data/mapper.d.ts',
      'src/data/mapper.js',
      'src/data/memory.js',
      'src/data/order.d.ts',
      'src/data/order.js',
      'src/data/row.js',
      'src/data/rows.js',
      'src/data/store.d.ts',
      'src/data/store.js',
      'src/data/tree.js',
      'src/entries.js',
      'src/error.d.ts',
      'src/error.js',
      'src/events.js',
      'src/protocol.js',
      'src/routes.d.ts',
      'src/timers.js',
      'src/transports/sockjs.d.ts',
      'src/transports/sockjs.js',
      'src/transports/websocket.d.ts',
      'src/transports/websocket.js',
    ],
  );
});

test('what is packed can be installed and imported', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'dragon-client-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--silent', '--pack-destination', folder]));
  writeFileSync(join(folder, 'package.json'), '{"type":"module","private":true}');
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--silent', `./${filename}`], folder);
  const script = "import { connect } from 'dragon-client'; import { install } from 'dragon-client/compat'; import { createRequire } from 'node:module'; const find = createRequire(import.meta.url).resolve; console.log(typeof connect, typeof install, find('dragon-client/dragon.js').endsWith('dist/dragon.js'), find('dragon-client/dragon-compat.js').endsWith('dist/dragon-compat.js'));";
  assert.equal(run('node', ['--input-type=module', '--eval', script], folder).trim(), 'function function true true');
});

test('nothing is needed to run it', () => {
  const manifest = JSON.parse(read('package.json'));
  assert.equal(manifest.dependencies, undefined);
  assert.equal(manifest.peerDependencies, undefined);
  assert.equal(manifest.sideEffects, false);
  for (const file of readdirSync(join(root, 'src'), { recursive: true }).filter((name) => name.endsWith('.js'))) {
    for (const [, from] of read(join('src', file)).matchAll(/from '([^']+)'/g)) assert.match(from, /^\.{1,2}\//, file);
  }
});

test('versions of tools are pinned, and the lock file names no registry', () => {
  for (const version of Object.values(JSON.parse(read('package.json')).devDependencies)) assert.match(version, /^\d+\.\d+\.\d+$/);
  assert.doesNotMatch(read('package-lock.json'), /"resolved"/);
});

test('a file is of a size that can be read', () => {
  for (const file of readdirSync(join(root, 'src'), { recursive: true }).filter((name) => name.endsWith('.js'))) {
    const lines = read(join('src', file)).split('\n').length - 1;
    assert.ok(lines <= 300, `${file} has ${lines} lines`);
  }
});

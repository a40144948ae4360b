import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as compat from '../compat.js';
import * as dragon from '../index.js';

const root = fileURLToPath(new URL('..', import.meta.url));

test('the declarations are right, and say what a page may write', () => {
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'tsc', '--project', 'test/types'], { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
});

test('the declarations name every export, and no other', () => {
  for (const [file, exported] of [
    ['index.d.ts', dragon],
    ['compat.d.ts', compat],
  ]) {
    const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
    const passed = [...text.matchAll(/^export \{([^}]*)\} from/gm)].flatMap(([, names]) => names.split(',').map((name) => name.trim()));
    const own = [...text.matchAll(/^export function (\w+)/gm)].map(([, name]) => name);
    assert.deepEqual([...passed, ...own].sort(), Object.keys(exported).sort());
  }
});

function membersOf(file, name) {
  const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
  const [body] = text.slice(text.indexOf(`export interface ${name} {`)).split('\n}');
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)(?:<[^>]*>)?[(:]/gm)].map(([, member]) => member).sort();
}

test('what a client offers is what is declared', () => {
  class Silent {
    close() {}
  }
  const client = dragon.connect({ url: 'ws://test/', WebSocket: Silent, network: null });
  client.close();
  assert.deepEqual(membersOf('src/client.d.ts', 'Client'), Object.keys(client).sort());
  const swampdragon = compat.createSwampDragon({ url: 'ws://test/', WebSocket: Silent, network: null });
  swampdragon.client.close();
  assert.deepEqual(membersOf('compat.d.ts', 'SwampDragon'), Object.keys(swampdragon).sort());
  let service;
  compat.angularModule({ module: () => ({ factory: (_, parts) => (service = parts.at(-1)({})) }) }, swampdragon);
  assert.deepEqual(membersOf('compat.d.ts', 'DragonService'), Object.keys(service).sort());
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as dragon from '../index.js';

const root = fileURLToPath(new URL('..', import.meta.url));

test('the declarations are right, and say what a page may write', () => {
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'tsc', '--project', 'test/types'], { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
});

test('the declarations name every export, and no other', () => {
  const text = readFileSync(new URL('../index.d.ts', import.meta.url), 'utf8');
  const declared = [...text.matchAll(/^export \{([^}]*)\} from/gm)].flatMap(([, names]) => names.split(',').map((name) => name.trim()));
  assert.deepEqual(declared.sort(), Object.keys(dragon).sort());
});

test('what a client offers is what is declared', () => {
  const text = readFileSync(new URL('../src/client.d.ts', import.meta.url), 'utf8');
  const body = text.slice(text.indexOf('export interface Client {'));
  const declared = [...body.matchAll(/^ {2}(?:readonly )?(\w+)(?:<[^>]*>)?[(:]/gm)].map(([, name]) => name);
  class Silent {
    close() {}
  }
  const client = dragon.connect({ url: 'ws://test/', WebSocket: Silent, network: null });
  client.close();
  assert.deepEqual(declared.sort(), Object.keys(client).sort());
});

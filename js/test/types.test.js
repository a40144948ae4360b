import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as compat from '../compat.js';
import * as dragon from '../index.js';
import { declarations, NAME } from '../scripts/declarations.js';

const root = fileURLToPath(new URL('..', import.meta.url));

// Each is a program of its own: what one knows of a server's routes, the others must not.
for (const [project, says] of [
  ['.', 'what a page may write that knows nothing of the routes'],
  ['todo', 'what one may write that has the types of examples/todo'],
  ['crm', 'what one may write that has types of everything'],
  ['plain', 'what a page without a build step may write'],
]) {
  test(`the declarations are right, and say ${says}`, () => {
    const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'tsc', '--project', `test/types/${project}`], { cwd: root, encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
  });
}

test('those for pages without a build step are in step with their source', async () => {
  const committed = readFileSync(new URL(`../../dragon-cli/assets/${NAME}`, import.meta.url), 'utf8');
  assert.ok(committed === (await declarations()), `dragon-cli/assets/${NAME} is old: run \`npm run build\` in js/ and commit it.`);
});

test('they have all that the package exports', async () => {
  const named = (text) => [...text.matchAll(/^export (?:declare )?(?:interface|type|function|class|const) (\w+)/gm)].map(([, name]) => name);
  const passed = (text) => [...text.matchAll(/^export (?:type )?\{([^}]*)\} from/gm)].flatMap(([, names]) => names.split(',').map((name) => name.trim()));
  const index = readFileSync(new URL('../index.d.ts', import.meta.url), 'utf8');
  const routes = readFileSync(new URL('../src/routes.d.ts', import.meta.url), 'utf8');
  const wanted = [...passed(index).filter((name) => name !== ''), ...named(routes)];
  const has = named(await declarations());
  assert.deepEqual(wanted.filter((name) => !has.includes(name)), []);
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

function membersOf(file, ...names) {
  const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
  const members = names.flatMap((name) => {
    const [, body] = text.match(new RegExp(`^export interface ${name}\\b.*\\{\\n([^]*?)\\n\\}`, 'm'));
    return [...body.matchAll(/^ {2}(?:readonly )?(\w+)[<(:]/gm)].map(([, member]) => member);
  });
  return members.sort();
}

test('what a client offers is what is declared', () => {
  class Silent {
    close() {}
  }
  const client = dragon.connect({ url: 'ws://test/', WebSocket: Silent, network: null });
  client.close();
  const always = membersOf('src/client.d.ts', 'ClientBase');
  for (const [file, name] of [
    ['src/client.d.ts', 'UntypedClient'],
    ['src/routes.d.ts', 'TypedClient'],
  ]) {
    assert.deepEqual([...always, ...membersOf(file, name)].sort(), Object.keys(client).sort());
  }
  const swampdragon = compat.createSwampDragon({ url: 'ws://test/', WebSocket: Silent, network: null });
  swampdragon.client.close();
  assert.deepEqual(membersOf('compat.d.ts', 'SwampDragon'), Object.keys(swampdragon).sort());
  let service;
  compat.angularModule({ module: () => ({ factory: (_, parts) => (service = parts.at(-1)({})) }) }, swampdragon);
  assert.deepEqual(membersOf('compat.d.ts', 'DragonService'), Object.keys(service).sort());
});

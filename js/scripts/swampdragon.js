// SwampDragon's own files, for tests to compare with and to run: never a part of this repository. They are taken from its
// source archive on PyPI and kept in the cache of the machine.
//
//     node scripts/swampdragon.js      fetches them if they are not there, and says where they are
//
// The package index is PyPI, or the one that pip is told to use (PIP_INDEX_URL, or pip's configuration).

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NAME = 'SwampDragon-0.4.2.2';
const SHA256 = '8011141f7949bf1d16255d72d526ec751ab2e331c76f8d9dfbe99754a3b4ea94';

/** The folder with SwampDragon's `dist`, `src`, `angular` and `vendor`. Rejects if it cannot be had. */
export async function swampdragonFolder() {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dragon-tests');
  const kept = join(cache, NAME);
  if (!existsSync(kept)) await fetchInto(cache, kept);
  return join(kept, 'swampdragon/static/swampdragon/js');
}

async function fetchInto(cache, kept) {
  const index = indexUrl();
  try {
    const archive = await download(index);
    mkdirSync(cache, { recursive: true });
    const folder = mkdtempSync(join(cache, 'new-'));
    try {
      unpack(archive, folder);
      rename(join(folder, NAME), kept);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  } catch (error) {
    const why = error.cause ? `${error.message} (${error.cause.message})` : error.message;
    const help = 'The tests need it. Set PIP_INDEX_URL if this machine has another package index.';
    throw new Error(`SwampDragon's source archive cannot be had from ${new URL(index).host}: ${why}. ${help}`, { cause: error });
  }
}

function indexUrl() {
  if (process.env.PIP_INDEX_URL) return process.env.PIP_INDEX_URL;
  const { status, stdout } = spawnSync('pip', ['config', 'get', 'global.index-url'], { encoding: 'utf8' });
  return (status === 0 && stdout.trim()) || 'https://pypi.org/simple';
}

async function download(index) {
  const page = `${index.replace(/\/+$/, '')}/swampdragon/`;
  const html = await (await get(page)).text();
  const link = [...html.matchAll(/href="([^"]+)"/g)].map(([, href]) => href).find((href) => href.includes(`/${NAME}.tar.gz`));
  if (!link) throw new Error(`it does not list ${NAME}.tar.gz`);
  const bytes = Buffer.from(await (await get(new URL(link.replaceAll('&amp;', '&'), page))).arrayBuffer());
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== SHA256) throw new Error(`${NAME}.tar.gz is not the file that was released: its SHA-256 is ${found}`);
  return bytes;
}

async function get(url) {
  // An index may ask for a name and a password within its address, which fetch does not take.
  const { username, password } = new URL(url);
  const plain = new URL(url);
  plain.username = plain.password = '';
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const response = await fetch(plain, username ? { headers: { authorization: `Basic ${basic}` } } : {});
  if (!response.ok) throw new Error(`it answers ${response.status}`);
  return response;
}

function unpack(archive, folder) {
  const file = join(folder, 'archive.tar.gz');
  writeFileSync(file, archive);
  const { status, stderr, error } = spawnSync('tar', ['-xzf', file, '-C', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tar cannot unpack it: ${error?.message ?? stderr}`);
}

// Another process may have been quicker: its files are the same.
function rename(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await swampdragonFolder());

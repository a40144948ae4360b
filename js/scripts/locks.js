// Writes the lock files of the pages that `dragon-cli new` makes, so that every project begins with the packages that its
// tests ran with: `npm run locks`, after a version in one of their package.json templates has changed. It needs the
// registry, and `cargo build --workspace --all-features --bins` before it.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target', 'debug/dragon-cli');
// `resolved` would name whichever registry this machine asks; without it, npm asks that of whoever installs.
const args = ['install', '--package-lock-only', '--omit-lockfile-registry-resolved', '--no-audit', '--no-fund'];

const folder = mkdtempSync(join(tmpdir(), 'dragon-locks-'));
try {
  for (const frontend of ['react', 'svelte', 'vue']) {
    execFileSync(cli, ['new', frontend, '--frontend', frontend], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    const page = join(folder, frontend, 'frontend');
    rmSync(join(page, 'package-lock.json'), { force: true });
    execFileSync('npm', args, { cwd: page, stdio: 'inherit' });

    const { name, dependencies } = JSON.parse(readFileSync(join(page, 'package.json'), 'utf8'));
    const lock = JSON.parse(readFileSync(join(page, 'package-lock.json'), 'utf8'));
    // npm writes the way from here to the checkout; the projects have it wherever they are.
    lock.packages['node_modules/dragon-client'].resolved = dependencies['dragon-client'];
    const text = JSON.stringify(lock, null, 2)
      .replaceAll(JSON.stringify(name), '"[= name =]-page"')
      .replaceAll(JSON.stringify(dependencies['dragon-client']), '[= client =]');
    writeFileSync(join(root, 'dragon-cli/templates/frontend', frontend, 'package-lock.json.j2'), `${text}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

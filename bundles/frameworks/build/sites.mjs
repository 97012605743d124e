// SPDX-License-Identifier: Apache-2.0
// SvelteKit, Astro and TanStack Start build with Vite, below .build/; what they leave is an entry like the others.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { filesBelow } from './files.mjs';

const run = promisify(execFile);

// They want a later Node than Debian's: one of a package, where there is one for this machine.
const ours = (root) => [join(root, 'node_modules/.bin/node'), process.execPath].find(existsSync);

// What the browser loads, by its path below the site's root.
async function clientFiles(folder) {
  const names = await filesBelow(folder);
  return Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')]));
}

// Each in a process of its own: they look at the working directory.
const SITES = {
  astro: { command: ['build.mjs'], entry: '.out/server/entry.mjs' },
  sveltekit: { command: ['../../../node_modules/vite/bin/vite.js', 'build'], entry: '.out/entry.js' },
  sveltekit3: { command: ['../../../node_modules/vite/bin/vite.js', 'build'], entry: '.out/entry.js', isServerOnly: true },
  'tanstack-start': { command: ['../../../node_modules/vite/bin/vite.js', 'build'], entry: '.out/server/server.js', isServerOnly: true },
};

// The later SvelteKit builds the same routes under its own name, with what else src/sveltekit3 has.  It asks for itself as @sveltejs/kit: a copy is nearer than
// the other.  What it builds asks for its packages.
async function laterSvelteKit(root, folder) {
  const [from, to] = ['sveltekit', 'sveltekit3'].map((name) => join(folder, 'src', name));
  await cp(join(from, 'src'), join(to, 'src'), { recursive: true, force: false });
  await rename(join(to, 'src/routes/sveltekit'), join(to, 'src/routes/sveltekit3'));
  const kit = join(root, 'node_modules/sveltekit3');
  await cp(join(kit, 'node_modules'), join(to, 'node_modules'), { recursive: true });
  await cp(kit, join(to, 'node_modules/@sveltejs/kit'), { recursive: true, filter: (path) => path !== join(kit, 'node_modules') });
}

// Astro and TanStack Start note where they were built.  Before it is minified: the names it gets depend on the text.
async function forgetPlace(root, folder) {
  for (const name of (await filesBelow(folder)).filter((path) => /\.m?js$/.test(path))) {
    const text = await readFile(join(folder, name), 'utf8');
    if (text.includes(root)) await writeFile(join(folder, name), text.replaceAll(root, '/site/'));
  }
}

export async function sites(root) {
  const folder = join(root, '.build');
  await rm(folder, { recursive: true, force: true });
  await cp(join(root, 'src'), join(folder, 'src'), { recursive: true });
  await laterSvelteKit(root, folder);
  const entries = {};
  const inputs = [];
  const client = [];
  for (const [name, { command, entry, isServerOnly }] of Object.entries(SITES)) {
    const cwd = join(folder, 'src', name);
    // Not more: Astro builds values of the environment in.  Its key for server islands would be another one each time.
    const env = { PATH: process.env.PATH, HOME: folder, ASTRO_TELEMETRY_DISABLED: '1', ASTRO_KEY: Buffer.alloc(32).toString('base64') };
    const { stderr } = await run(ours(root), command, { cwd, env });
    if (stderr) console.error(stderr);
    await forgetPlace(root, join(cwd, dirname(entry)));
    entries[name] = join('.build/src', name, entry);
    if (!isServerOnly) client.push(...await clientFiles(join(cwd, '.out/client')));
    inputs.push(...JSON.parse(await readFile(join(cwd, '.out/inputs.json'), 'utf8')));
  }
  return { entries, client, inputs: inputs.filter((id) => id.startsWith(root)).map((id) => relative(root, id)) };
}

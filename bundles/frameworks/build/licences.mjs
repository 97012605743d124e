// SPDX-License-Identifier: Apache-2.0
// The licences of the packages that are in the built files, in full.

import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

// Without a licence file: forks, whose README names what they are of.
const FORKS = { piccolore: 'picocolors' };

// Of the paths that esbuild and Vite read, the folders of packages.
function packagesOf(inputs) {
  const folders = inputs.map((path) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]);
  return [...new Set(folders.filter(Boolean))].sort();
}

async function licenceOf(folder, name) {
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  if (file !== undefined) return (await readFile(join(folder, file), 'utf8')).trim();
  if (FORKS[name] === undefined) throw new Error(`${folder} has no licence file`);
  return `It is a fork of ${FORKS[name]}, whose licence is:\n\n${await licenceOf(join(folder, '..', FORKS[name]))}`;
}

export async function licences(root, inputs) {
  const parts = [];
  for (const folder of packagesOf(inputs)) {
    const { name, version, license } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    parts.push(`${'='.repeat(80)}\n${name} ${version} (${license})\n${'='.repeat(80)}\n\n${await licenceOf(join(root, folder), name)}\n`);
  }
  return `The packages inside bundles/frameworks/dist, and their licences.\n\n${parts.join('\n')}`;
}

// SPDX-License-Identifier: Apache-2.0
// Is dist/ what the sources give?

import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

async function filesBelow(folder) {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const nested = await Promise.all(entries.map((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  }));
  return nested.flat();
}

// Another zlib may compress to other bytes, so a .br is judged by what comes out of it.
function plain(name, bytes) {
  if (!name.endsWith('.br')) return bytes;
  try {
    return brotliDecompressSync(bytes);
  } catch {
    return undefined;
  }
}

export async function compare(expected, dist) {
  const problems = [];
  const present = (await filesBelow(dist)).map((path) => relative(dist, path).split(sep).join('/'));
  for (const name of present) {
    if (!expected.has(name)) problems.push(`extra: ${name}`);
  }
  for (const [name, bytes] of expected) {
    if (!present.includes(name)) {
      problems.push(`missing: ${name}`);
    } else if (!plain(name, await readFile(join(dist, name)))?.equals(plain(name, bytes))) {
      problems.push(`stale: ${name}`);
    }
  }
  return problems.sort();
}

// SPDX-License-Identifier: Apache-2.0
// node build.mjs           writes dist/
// node build.mjs --check   writes nothing; names what in dist/ is stale, missing or extra, and fails if anything is

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { api } from './build/api.mjs';
import { bundles } from './build/bundles.mjs';
import { compare } from './build/compare.mjs';
import { images } from './build/images.mjs';

const dist = fileURLToPath(new URL('dist', import.meta.url));
const COMPRESSIBLE = /^public\/.*\.(?:js|css|svg)$/;
const WORTH_COMPRESSING = 1024;

function brotli(bytes) {
  return brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
}

async function everything() {
  const files = new Map();
  for (const [name, contents] of [...await bundles(), ...images(), ...api()]) {
    const bytes = Buffer.from(contents);
    files.set(name, bytes);
    if (COMPRESSIBLE.test(name) && bytes.length >= WORTH_COMPRESSING) files.set(`${name}.br`, brotli(bytes));
  }
  return files;
}

async function write(files) {
  await rm(dist, { recursive: true, force: true });
  for (const [name, bytes] of files) {
    const path = join(dist, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
  console.log(`${files.size} files in dist/`);
}

async function check(files) {
  const problems = await compare(files, dist);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
  else console.log('dist/ is what the sources give');
}

const files = await everything();
await (process.argv.includes('--check') ? check(files) : write(files));

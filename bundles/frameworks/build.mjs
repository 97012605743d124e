// SPDX-License-Identifier: Apache-2.0
// node build.mjs           writes dist/
// node build.mjs --check   writes nothing; names what in dist/ is not what the sources give, and fails if anything is

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { compile as compile50 } from 'svelte50/compiler';
import { filesBelow } from './build/files.mjs';
import { licences } from './build/licences.mjs';
import { solid, svelte } from './build/compilers.mjs';
import { sites } from './build/sites.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

const ENTRIES = {
  h3: 'src/h3.js',
  hono: 'src/hono.js',
  preact: 'src/preact.jsx',
  'react-browser': 'src/react-browser.jsx',
  'react-edge': 'src/react-edge.jsx',
  'react-router': 'src/react-router.jsx',
  solid: 'src/solid.jsx',
  svelte: 'src/svelte.js',
  tanstack: 'src/tanstack.jsx',
  vue: 'src/vue.js',
};

// Earlier releases, which package.json has under names of their own.
const EARLIER = {
  hono40: { entry: ENTRIES.hono, alias: { hono: 'hono40' } },
  preact10: { entry: ENTRIES.preact, alias: { preact: 'preact10', 'preact-render-to-string': 'preact-render-to-string65' } },
  'react-router7': { entry: ENTRIES['react-router'], alias: { 'react-router': 'react-router7' } },
  react18: { entry: 'src/react18.jsx', alias: { react: 'react18', 'react-dom': 'react-dom18' } },
  solid18: { entry: ENTRIES.solid, alias: { 'solid-js': 'solid-js18' } },
  svelte50: { entry: 'src/svelte50.js', alias: { svelte: 'svelte50' }, compiler: compile50 },
  vue34: { entry: ENTRIES.vue, alias: { vue: 'vue34' } },
};

// Of those with a page that the browser takes over: dist/client/client/NAME.js.
const CLIENTS = {
  'react-edge': { entry: 'src/client/react-edge.jsx' },
  solid: { entry: 'src/client/solid.jsx' },
  solid18: { entry: 'src/client/solid.jsx', alias: EARLIER.solid18.alias },
  svelte: { entry: 'src/client/svelte.js' },
  vue: { entry: 'src/client/vue.js' },
};

async function bundle({ entry, alias = {}, compiler }, browser) {
  const { metafile, outputFiles } = await build({
    absWorkingDir: path('.'),
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'esm',
    platform: browser ? 'browser' : 'neutral',
    mainFields: ['module', 'main'],
    conditions: browser ? [] : ['edge-light', 'worker'],
    external: ['node:*'],
    target: 'es2022',
    legalComments: 'none',
    jsx: 'automatic',
    jsxImportSource: entry === ENTRIES.preact ? 'preact' : 'react',
    define: {
      'process.env.NODE_ENV': '"production"',
      __VUE_OPTIONS_API__: 'false',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    },
    alias,
    plugins: [/solid/.test(entry) ? solid(browser) : svelte(browser, compiler)],
    logLevel: 'warning',
  });
  return { text: outputFiles[0].text, inputs: Object.keys(metafile.inputs) };
}

async function everything() {
  const files = new Map();
  const { entries, client, inputs } = await sites(path('.'));
  const all = Object.entries({ ...ENTRIES, ...entries }).map(([name, entry]) => [name, { entry }]);
  const add = async (name, source, browser) => {
    const result = await bundle(source, browser);
    files.set(name, result.text);
    inputs.push(...result.inputs);
  };
  for (const [name, source] of [...all, ...Object.entries(EARLIER)]) await add(`${name}.mjs`, source, false);
  for (const [name, source] of Object.entries(CLIENTS)) await add(`client/client/${name}.js`, source, true);
  for (const [name, text] of client) files.set(`client/${name}`, text);
  return files.set('LICENCES.txt', await licences(path('.'), inputs));
}

async function check(files) {
  const present = await filesBelow(path('dist'));
  const problems = present.filter((name) => !files.has(name)).map((name) => `extra: ${name}`);
  for (const [name, text] of files) {
    const there = await readFile(path(`dist/${name}`), 'utf8').catch(() => undefined);
    if (there === undefined) problems.push(`missing: ${name}`);
    else if (there !== text) problems.push(`stale: ${name}`);
  }
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}

async function write(files) {
  await rm(path('dist'), { recursive: true, force: true });
  for (const [name, text] of files) {
    await mkdir(dirname(path(`dist/${name}`)), { recursive: true });
    await writeFile(path(`dist/${name}`), text);
    console.log(`dist/${name}: ${text.length} characters`);
  }
}

await (process.argv.includes('--check') ? check : write)(await everything());

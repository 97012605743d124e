// SPDX-License-Identifier: Apache-2.0
// The scripts and the stylesheet. Browser files first: the server's bundle names them by their hash.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url);

const shared = {
  absWorkingDir: decodeURIComponent(root.pathname),
  bundle: true,
  minify: true,
  write: false, // build.mjs writes, or only compares
  legalComments: 'none',
  charset: 'utf8',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logLevel: 'warning',
};

// A committed bundle must say whose code it holds.
async function banner(names) {
  const lines = ['SPDX-License-Identifier: Apache-2.0 AND MIT'];
  for (const name of names) {
    const { version, license } = JSON.parse(await readFile(new URL(`node_modules/${name}/package.json`, root), 'utf8'));
    lines.push(`${name} ${version} (${license})`);
  }
  return { js: `/*! ${lines.join('; ')}. Built by bundles/preact-shop/build.mjs */` };
}

function packagesIn(metafile) {
  const names = Object.keys(metafile.inputs).map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  return [...new Set(names.filter(Boolean))].sort();
}

function expectPackages(metafile, expected) {
  const found = packagesIn(metafile).join();
  if (found !== expected.join()) throw new Error(`packages in the bundle: ${found}; the banner and NOTICE say ${expected}`);
}

function hashed(name, extension, contents) {
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 10);
  return `/assets/${name}-${hash}.${extension}`;
}

async function client() {
  const packages = ['preact'];
  const result = await build({
    ...shared, entryPoints: ['src/client.jsx'], format: 'iife', platform: 'browser', banner: await banner(packages), metafile: true,
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  expectPackages(result.metafile, packages);
  return result.outputFiles[0].contents;
}

async function style() {
  const result = await build({ ...shared, entryPoints: ['src/style.css'] });
  return result.outputFiles[0].contents;
}

async function server(clientUrl, styleUrl) {
  const packages = ['preact', 'preact-render-to-string'];
  const result = await build({
    ...shared, entryPoints: ['src/server.jsx'], outfile: 'dist/server.js', format: 'iife', platform: 'neutral',
    mainFields: ['module', 'main'], sourcemap: 'linked', banner: await banner(packages), metafile: true,
    define: {
      'process.env.NODE_ENV': '"production"',
      'SHOP_CLIENT_JS': JSON.stringify(clientUrl),
      'SHOP_STYLE_CSS': JSON.stringify(styleUrl),
    },
  });
  expectPackages(result.metafile, packages);
  return result.outputFiles; // the map, the script
}

export async function bundles() {
  const [clientJs, styleCss] = await Promise.all([client(), style()]);
  const clientUrl = hashed('client', 'js', clientJs);
  const styleUrl = hashed('style', 'css', styleCss);
  const files = new Map([[`public${clientUrl}`, clientJs], [`public${styleUrl}`, styleCss]]);
  for (const { path, contents } of await server(clientUrl, styleUrl)) {
    files.set(path.endsWith('.map') ? 'server.js.map' : 'server.js', contents);
  }
  return files;
}

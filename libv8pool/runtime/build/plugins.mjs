// SPDX-License-Identifier: Apache-2.0
// Who gets what when a package asks for a part of Node.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { basename, sep } from 'node:path';

const source = (name) => fileURLToPath(new URL(`../src/${name}`, import.meta.url));
const inUndici = (path) => path.includes(`${sep}node_modules${sep}undici${sep}`);

// Of undici, Headers, Request, Response and FormData are used.  What its client alone needs is left out.
const CLIENT_ONLY = /^(?:\.\/tree|\.\/constants|\.\.\/util\/timers|\.\/errors)$/;

const undici = {
  name: 'undici',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^node:/ }, ({ importer }) => (inUndici(importer) ? { path: source('undici/node.cjs') } : undefined));
    onResolve({ filter: CLIENT_ONLY }, ({ importer }) => (
      importer.endsWith(`undici${sep}lib${sep}core${sep}util.js`) ? { path: source('undici/empty.cjs') } : undefined));
    onResolve({ filter: /^undici-host$/ }, () => ({ path: source('undici/host.cjs') }));
    // Node's globals, for these files alone
    onLoad({ filter: /[\\/]node_modules[\\/]undici[\\/]lib[\\/].*\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const names = ['Buffer', 'FinalizationRegistry', 'process'].filter((name) => new RegExp(`\\b${name}\\b`).test(text));
      const first = names.length > 0 ? `const { ${names.join(', ')} } = require('undici-host');` : '';
      return { contents: text.replace(/^'use strict'\n/, `'use strict'; ${first}\n`), loader: 'js' };
    });
  },
};

// tr46's tables are loaded when a host is not plain ASCII, and plain URLs are parsed the short way; see src/url.
const URL_PARTS = { tr46: 'url/tr46.cjs', './url-state-machine': 'url/parse.cjs', './urlencoded': 'url/urlencoded.cjs' };

// What structuredClone must refuse is made by $host.Platform: V8's serializer asks about such objects alone.  A class that
// extends it gets them quickly; afterwards it stands alone, as Web IDL has it.
function cannotBeCloned(text, name) {
  const places = [
    ['"use strict";\n', '"use strict"; const { construct, setPrototypeOf } = Reflect, { Platform } = $host;\n'],
    [`class ${name} {`, `class ${name} extends Platform {`],
    [`Object.defineProperties(${name}.prototype, {`,
      `setPrototypeOf(${name}, Object.getPrototypeOf(Platform)); setPrototypeOf(${name}.prototype, Object.prototype);\n$&`],
    ['Object.create(new.target.prototype)', 'construct(Platform, [], new.target)'],
    ['return Object.create(proto);', `return construct(Platform, [], globalObject[ctorRegistrySymbol].${name});`],
  ];
  for (const [from, to] of places) {
    if (text.split(from).length !== 2) throw new Error(`whatwg-url's ${name}.js has not one "${from}"`);
    text = text.replace(from, to);
  }
  return text;
}

const urls = {
  name: 'urls',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /[\\/]whatwg-url[\\/]lib[\\/](?:URL|URLSearchParams)\.js$/ }, async ({ path }) => (
      { contents: cannotBeCloned(await readFile(path, 'utf8'), basename(path, '.js')), loader: 'js' }));
    onResolve({ filter: /^(?:tr46|\.\/url-state-machine|\.\/urlencoded)$/ }, ({ importer, path }) => (
      importer.includes(`${sep}whatwg-url${sep}`) ? { path: source(URL_PARTS[path]) } : undefined));
  },
};

// The packages behind the node: modules ask for each other, and for the global `process`.
const PROCESS = /[\\/]node_modules[\\/](?:util|readable-stream|string_decoder|safe-buffer)[\\/].*\.js$/;
const OWN = { 'process/': 'node/process-cjs.cjs', 'abort-controller': 'node/abort-cjs.cjs' };

const node = {
  name: 'node',
  setup({ onLoad, onResolve, resolve }) {
    for (const name of ['buffer', 'events', 'string_decoder', 'util']) {
      onResolve({ filter: new RegExp(`^${name}/?$`) }, ({ resolveDir }) => (
        resolve(`./node_modules/${name}`, { resolveDir: fileURLToPath(new URL('..', import.meta.url)), kind: 'require-call' })));
    }
    for (const [name, file] of Object.entries(OWN)) {
      onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: source(file) }));
    }
    onLoad({ filter: PROCESS }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      return /\bprocess\.(?!env\.)/.test(text) && !/\b(?:const|var|let) process\b/.test(text)
        ? { contents: `var process = require('process/');${text}`, loader: 'js' } : undefined;
    });
  },
};

export const plugins = [undici, urls, node];

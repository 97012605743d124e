// SPDX-License-Identifier: Apache-2.0
// The node: modules there are.  Each is evaluated when it is first imported.

const { extra } = $host;

const sources = {
  async_hooks: () => require('../async-hooks.js'),
  buffer: () => {
    const module = extra().bufferModule();
    return { ...module, Blob: globalThis.Blob, File: globalThis.File, atob: globalThis.atob, btoa: globalThis.btoa };
  },
  events: () => extra().eventsModule(),
  path: () => require('path-browserify'),
  process: () => require('./process.js').default,
  stream: () => extra().stream(),
  'stream/promises': () => extra().stream().promises,
  'stream/web': () => $host.web().streams(),
  string_decoder: () => extra().stringDecoder(),
  url: () => require('./url.js').default,
  util: () => {
    const module = extra().utilModule();
    return { ...module, TextDecoder: globalThis.TextDecoder, TextEncoder: globalThis.TextEncoder };
  },
  'util/types': () => extra().utilModule().types,
};
sources['path/posix'] = sources.path;

const made = new Map();

export const names = Object.keys(sources);

// The module's namespace: its names, and all of it as `default`; undefined if there is none.
export function moduleOf(specifier) {
  const name = specifier.startsWith('node:') ? specifier.slice(5) : specifier;
  if (!Object.hasOwn(sources, name)) return undefined;
  if (!made.has(name)) {
    const module = sources[name]();
    made.set(name, Object.freeze({ ...module, default: module.default ?? module }));
  }
  return made.get(name);
}

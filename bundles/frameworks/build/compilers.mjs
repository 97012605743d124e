// SPDX-License-Identifier: Apache-2.0
// What Svelte and Solid do at build time, as plugins of esbuild: for the server, or for the browser.

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { transformAsync } from '@babel/core';
import solidPreset from 'babel-preset-solid';
import { compile } from 'svelte/compiler';

// An earlier compiler knows no `experimental`.
export const svelte = (browser, earlier) => ({
  name: 'svelte',
  setup(build) {
    build.onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
      const { js } = (earlier ?? compile)(await readFile(path, 'utf8'), {
        generate: browser ? 'client' : 'server',
        filename: basename(path),
        ...(earlier ? {} : { experimental: { async: true } }),
      });
      return { contents: js.code, loader: 'js' };
    });
  },
});

export const solid = (browser) => ({
  name: 'solid',
  setup(build) {
    build.onLoad({ filter: /\.jsx$/ }, async ({ path }) => {
      const { code } = await transformAsync(await readFile(path, 'utf8'), {
        babelrc: false,
        configFile: false,
        filename: path,
        presets: [[solidPreset, { generate: browser ? 'dom' : 'ssr', hydratable: true }]],
      });
      return { contents: code, loader: 'js' };
    });
  },
});

// SPDX-License-Identifier: Apache-2.0
// What Svelte and Solid do at build time, as plugins of esbuild.

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { transformAsync } from '@babel/core';
import solidPreset from 'babel-preset-solid';
import { compile } from 'svelte/compiler';

export const svelte = {
  name: 'svelte',
  setup(build) {
    build.onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
      const { js } = compile(await readFile(path, 'utf8'), {
        generate: 'server',
        filename: basename(path),
        experimental: { async: true },
      });
      return { contents: js.code, loader: 'js' };
    });
  },
};

export const solid = {
  name: 'solid',
  setup(build) {
    build.onLoad({ filter: /\.jsx$/ }, async ({ path }) => {
      const { code } = await transformAsync(await readFile(path, 'utf8'), {
        babelrc: false,
        configFile: false,
        filename: path,
        presets: [[solidPreset, { generate: 'ssr', hydratable: true }]],
      });
      return { contents: code, loader: 'js' };
    });
  },
};

// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from 'node:url';
import svelte from '@astrojs/svelte';
import { build } from 'astro';
import { passthroughImageService } from 'astro/config';
import { inputs } from '../../../build/inputs.mjs';

const adapter = {
  name: 'one-file',
  hooks: {
    'astro:config:done': ({ setAdapter }) => setAdapter({
      name: 'one-file',
      entrypointResolution: 'auto',
      serverEntrypoint: new URL('./src/entry.js', import.meta.url),
      supportedAstroFeatures: { serverOutput: 'stable', sharpImageService: 'stable' },
    }),
  },
};

await build({
  root: fileURLToPath(new URL('.', import.meta.url)),
  configFile: false,
  output: 'server',
  outDir: '.out',
  cacheDir: '.cache',
  logLevel: 'warn',
  image: { service: passthroughImageService() },
  devToolbar: { enabled: false },
  adapter,
  integrations: [svelte()],
  vite: { plugins: [inputs()], ssr: { noExternal: true, target: 'webworker', resolve: { conditions: ['worker', 'module', 'import'] } } },
});

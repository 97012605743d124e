// SPDX-License-Identifier: Apache-2.0
import { tanstackStart } from '@tanstack/react-start/plugin/vite';
import { inputs } from '../../../build/inputs.mjs';

export default {
  plugins: [tanstackStart(), inputs()],
  build: { outDir: '.out' },
  // what it asks its process for
  define: { 'process.env.TSS_PRERENDERING': '"false"', 'process.env.TSS_SHELL': '"false"' },
  environments: { ssr: { resolve: { noExternal: true, conditions: ['worker', 'module', 'import'] } } },
  logLevel: 'error', // React's files say 'use client'
};

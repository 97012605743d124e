// SPDX-License-Identifier: Apache-2.0
// node:process, for what imports it without need.  It is no global: libraries would take this for Node.

import { queueMicrotask } from '../microtask.js';

const started = $host.now();
const silent = () => process;

const process = {
  arch: 'x64',
  argv: [],
  browser: true,
  env: {},
  execArgv: [],
  pid: 1,
  platform: 'linux',
  title: 'mod_v8ssr',
  version: '',
  versions: {},
  cwd: () => '/',
  chdir() {
    throw new Error('process.chdir: not here');
  },
  emitWarning: (warning) => console.warn(warning instanceof Error ? warning : `${warning}`),
  exit() {
    throw new Error('process.exit: a bundle cannot end the server');
  },
  hrtime: Object.assign((before) => {
    const nanoseconds = BigInt(Math.round($host.now() * 1e6)) - (before ? BigInt(before[0]) * 1000000000n + BigInt(before[1]) : 0n);
    return [Number(nanoseconds / 1000000000n), Number(nanoseconds % 1000000000n)];
  }, { bigint: () => BigInt(Math.round($host.now() * 1e6)) }),
  nextTick: (callback, ...args) => queueMicrotask(() => callback(...args)),
  umask: () => 0,
  uptime: () => ($host.now() - started) / 1000,
  addListener: silent, emit: () => false, listeners: () => [], off: silent, on: silent, once: silent,
  prependListener: silent, removeAllListeners: silent, removeListener: silent,
};

export default process;

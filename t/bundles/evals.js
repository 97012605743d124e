// SPDX-License-Identifier: Apache-2.0
// What a bundle can reach that it should not, beyond what t/unit/test_engine_bundle.c tries: each gives what it got.
const tries = (f) => {
  try {
    return String(f());
  } catch (error) {
    return error.name;
  }
};
const early = tries(() => eval('"early"'));

const doors = {
  eval: () => `${early} ${tries(() => eval('"late"'))} ${tries(() => new Function('return "Function"')())}`,
  wasm: () => typeof WebAssembly,
  shared: () => typeof SharedArrayBuffer,
  wait: () => tries(() => Atomics.wait(new Int32Array(8), 0, 0, 1)),
  pollute: () => `${tries(() => { Object.prototype.polluted = 'yes'; })} ${({}).polluted}`,
  error: () => null.nothing,
  files: async () => {
    const got = [];
    for (const name of ['fs', 'child_process', 'net', 'worker_threads', 'module', 'vm', 'inspector', 'os']) {
      await import(`node:${name}`).then(() => got.push(name), () => {});
    }
    return got.join(' ') || 'none';
  },
  process: async () => {
    const { default: process } = await import('node:process');
    const real = ['binding', 'dlopen', 'kill', 'setuid', 'mainModule', 'stdin', '_linkedBinding'];
    return `${Object.keys(process.env).join()} ${real.filter((name) => name in process).join() || 'none'}`;
  },
};

globalThis.renderPage = async (url) => `${await doors[url.split('/').pop()]()}`;

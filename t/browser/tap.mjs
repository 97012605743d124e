// SPDX-License-Identifier: Apache-2.0
// Test Anything Protocol, as much of it as these tests need.

const tests = [];

export function test(name, body) {
  tests.push({ name, body });
}

export async function run() {
  console.log(`1..${tests.length}`);
  for (const [index, { name, body }] of tests.entries()) {
    try {
      await body();
      console.log(`ok ${index + 1} - ${name}`);
    } catch (error) {
      process.exitCode = 1;
      console.log(`not ok ${index + 1} - ${name}`);
      console.log(String(error?.message ?? error).replace(/^/gm, '# '));
    }
  }
}

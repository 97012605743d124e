// SPDX-License-Identifier: Apache-2.0
// Runs the tests of one file; a line for each.  Loaded in front of it, as one script (t/unit/test_engine_runtime.c).

const tests = [];
const test = (name, run) => tests.push({ name, run });

const show = (value) => (typeof value === 'string' ? value : JSON.stringify(value) ?? String(value));

const is = (got, wanted) => {
  if (!Object.is(got, wanted) && show(got) !== show(wanted)) throw new Error(`got ${show(got)}, wanted ${show(wanted)}`);
};

const throws = (run, name) => {
  try {
    run();
  } catch (error) {
    return is(error.name, name);
  }
  throw new Error(`no ${name} was thrown`);
};

const rejects = async (promise, name) => {
  const error = await promise.then(() => ({ name: 'nothing' }), (reason) => reason);
  is(error.name, name);
};

globalThis.renderPage = async () => {
  const lines = [];
  for (const { name, run } of tests) {
    try {
      await run();
      lines.push(`ok ${name}`);
    } catch (error) {
      lines.push(`not ok ${name}: ${error?.stack ?? error}`.replaceAll('\n', ' | '));
    }
  }
  return lines.join('\n');
};

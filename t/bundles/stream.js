// SPDX-License-Identifier: Apache-2.0
// Bodies in pieces. /open/NAME opens a gate that other renders of the isolate wait at; parameters: gate, cc (Cache-Control),
// x (X-Accel-Buffering), kb (of filler after the gate), fail (before, after).
const gates = new Map();
let renders = 0;

const gate = (name) => {
  if (!gates.has(name)) {
    const made = {};
    made.promise = new Promise((resolve) => { made.open = resolve; });
    gates.set(name, made);
  }
  return gates.get(name);
};

// A timer is pending meanwhile: what another render will do is nothing to wait for.
const wait = async (name) => {
  const timer = setInterval(() => {}, 1000);
  await gate(name).promise;
  clearInterval(timer);
};

async function* body(of, number) {
  if (of.fail === 'before') throw new Error('fails before');
  yield `<p>shell ${number}</p>`;
  if (of.gate) await wait(of.gate);
  if (of.fail === 'after') throw new Error('fails after');
  for (let left = Number(of.kb ?? 0); left > 0; left -= 16) yield 'x'.repeat(16 * 1024);
  yield `<p>end ${number}</p>`;
}

globalThis.renderPage = (url) => {
  const [path, query = ''] = url.split('?');
  const of = Object.fromEntries(query.split('&').filter(Boolean).map((pair) => pair.split('=').map(decodeURIComponent)));
  if (path.startsWith('/open/')) {
    gate(path.slice(6)).open();
    return 'open';
  }
  renders += 1;
  const headers = {};
  if (of.cc) headers['Cache-Control'] = of.cc;
  if (of.x) headers['X-Accel-Buffering'] = of.x;
  return { body: body(of, renders), headers };
};

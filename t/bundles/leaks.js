// SPDX-License-Identifier: Apache-2.0
// Leaves things behind, and says what it finds. /leave/KIND leaves one thing and answers with all that is there then,
// /look with what is there, /kinds with all there are. See also the other paths below.
const born = Math.random();
const kept = {};
let module = 0;
const closure = ((n) => ({ add: () => (n += 1), get: () => n }))(0);
const sticky = /x/g;
const { map } = Array.prototype;
const { stringify } = JSON;
const { log } = console;

const kinds = {
  global: [() => (globalThis.left = 1), () => 'left' in globalThis && Object.hasOwn(globalThis, 'left')],
  module: [() => (module += 1), () => module > 0],
  closure: [() => closure.add(), () => closure.get() > 0],
  array: [() => (Array.prototype.leftInArray = 1), () => [].leftInArray !== undefined],
  object: [() => (Object.prototype.leftInObject = 1), () => ({}).leftInObject !== undefined],
  method: [() => (Array.prototype.map = () => []), () => Array.prototype.map !== map],
  builtin: [() => (JSON.stringify = () => ''), () => JSON.stringify !== stringify],
  console: [() => (console.log = () => {}), () => console.log !== log],
  intl: [() => (Intl.NumberFormat.prototype.left = 1), () => Intl.NumberFormat.prototype.left !== undefined],
  frozen: [() => Object.freeze(Map.prototype), () => Object.isFrozen(Map.prototype)],
  deleted: [() => delete globalThis.Reflect, () => !('Reflect' in globalThis)],
  regexp: [() => sticky.test('x'), () => sticky.lastIndex > 0],
  match: [() => /(seen)/.test('seen'), () => RegExp.$1 === 'seen'],
  stack: [() => (Error.prepareStackTrace = () => 'mine'), () => new Error().stack === 'mine'],
  // Goes on in whichever render settles it.
  promise: [
    () => new Promise((resolve) => (kept.go = resolve)).then(() => (kept.gone = true)),
    () => kept.go !== undefined,
  ],
  rejection: [() => (kept.rejected = Promise.reject(new Error('left alone'))), () => kept.rejected !== undefined],
  weak: [
    () => (kept.registry = new FinalizationRegistry(() => console.warn('finalised late'))).register({}, 1),
    () => kept.registry !== undefined,
  ],
};
const found = () => {
  const names = [];
  for (const name of Object.keys(kinds)) if (kinds[name][1]()) names.push(name);
  return names.join(' ');
};

let renders = 0;
const paths = {
  leave: (kind) => (kinds[kind][0](), found()),
  look: () => found(),
  kinds: () => Object.keys(kinds).join(' '),
  count: () => String((renders += 1)),
  born: () => String(born),
  bundle: (_, ctx) => `${ctx.bundle} ${(renders += 1)}`,
  // Whether what another render left pending goes on in this one.
  go: async () => (kept.go?.(), await null, await null, kept.gone ? 'went on' : 'nothing'),
  hang: () => ({ then: (resolve) => (kept.settle = resolve) }),
  settle: () => (kept.settle ? (kept.settle('late'), 'settled') : 'nothing'),
  // What it queued must run in no other render.
  loop: () => {
    Promise.resolve().then(() => {
      console.error('left in the queue');
      for (;;);
    });
    for (;;);
  },
  chain: () => {
    const again = () => Promise.resolve().then(again);
    again();
    return 'chained';
  },
  throw: () => {
    throw new TypeError('thrown on purpose');
  },
  heap: () => {
    for (const all = []; ; ) all.push(new Array(1000).fill(all.length));
  },
  buffers: () => {
    for (let i = 0; i < 3; i += 1) new ArrayBuffer(20 << 20);
    return 'allocated';
  },
};
globalThis.renderPage = (url, ctx) => {
  const [what, kind] = url.split('/').slice(-2);
  return what in paths ? paths[what](kind, ctx) : paths[kind](what, ctx);
};

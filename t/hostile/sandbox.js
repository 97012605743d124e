// SPDX-License-Identifier: Apache-2.0
// Ways around the sandbox: code of text in every spelling, code from elsewhere, memory that threads share, other threads.
// How cases are written: index.md.
const says = async (way) => { try { return `got ${await way()}`; } catch (e) { return e?.name ?? String(e); } };
const text = 'return 1';
const soon = () => new Promise((resolve) => { setTimeout(resolve, 10); });
const cases = {
  //= 200
  //>= EvalError
  'eval': () => says(() => eval('1')),
  //= 200
  //>= EvalError
  'eval-indirect': () => says(() => (0, eval)('1')),
  //= 200
  //>= EvalError
  'eval-of-global': () => says(() => globalThis.eval('1')),
  //= 200
  //>= EvalError
  'eval-applied': () => says(() => Reflect.apply(eval, undefined, ['1'])),
  //= 200
  //>= EvalError
  'eval-as-callback': () => says(() => ['1'].map(eval)),
  // no text, no evaluation: what is no string comes back
  //= 200
  //>= got 7
  'eval-of-a-number': () => says(() => eval(7)),
  //= 200
  //>= EvalError
  'function': () => says(() => Function(text)()),
  //= 200
  //>= EvalError
  'function-new': () => says(() => new Function(text)()),
  //= 200
  //>= EvalError
  'function-of-prototype': () => says(() => Function.prototype.constructor(text)()),
  //= 200
  //>= EvalError
  'function-of-an-instance': () => says(() => (() => {}).constructor(text)()),
  //= 200
  //>= EvalError
  'function-of-a-builtin': () => says(() => [].map.constructor(text)()),
  //= 200
  //>= EvalError
  'function-of-the-runtime': () => says(() => fetch.constructor(text)()),
  //= 200
  //>= EvalError
  'function-reflected': () => says(() => Reflect.construct(Function, [text])()),
  //= 200
  //>= EvalError
  'function-extended': () => says(() => new (class extends Function { constructor() { super(text); } })()()),
  //= 200
  //>= EvalError
  'function-bound': () => says(() => Function.bind(null, text)()()),
  //= 200
  //>= EvalError
  'async-function': () => says(() => (async () => {}).constructor(text)()),
  //= 200
  //>= EvalError
  'generator-function': () => says(() => (function* () {}).constructor(text)().next().value),
  //= 200
  //>= EvalError
  'async-generator-function': () => says(async () => (await (async function* () {}).constructor(text)().next()).value),
  //= 200
  //>= undefined
  'timeout-of-text': async () => { await says(() => setTimeout('globalThis.hostileGlobal = 1', 0)); await soon(); return String(globalThis.hostileGlobal); },
  //= 200
  //>= undefined
  'interval-of-text': async () => { let id; await says(() => { id = setInterval('globalThis.hostileGlobal = 1', 1); }); await soon(); clearInterval(id); return String(globalThis.hostileGlobal); },
  //= 200
  //>= TypeError
  'microtask-of-text': () => says(() => queueMicrotask('globalThis.hostileGlobal = 1')),
  //= 200
  //> ^(?!got)\w*Error$
  'import-data': () => says(() => import('data:text/javascript,export default 1')),
  //= 200
  //> ^(?!got)\w*Error$
  'import-blob': () => says(() => import(URL.createObjectURL(new Blob(['export default 1'], { type: 'text/javascript' })))),
  //= 200
  //> ^(?!got)\w*Error$
  'import-http': () => says(() => import('http://127.0.0.1/asset.txt')),
  //= 200
  //> ^(?!got)\w*Error$
  'import-file': () => says(() => import('file:///etc/passwd')),
  //= 200
  //> ^(?!got)\w*Error$
  'import-path': () => says(() => import('/etc/passwd')),
  //= 200
  //> ^(?!got)\w*Error$
  'import-node-vm': () => says(() => import('node:vm')),
  //= 200
  //>= undefined undefined undefined undefined
  'threads': () => [typeof Worker, typeof SharedWorker, typeof importScripts, typeof ShadowRealm].join(' '),
  //= 200
  //>= undefined undefined
  'shared-memory': () => [typeof SharedArrayBuffer, typeof WebAssembly].join(' '),
  // through what would have one
  //= 200
  //> ^(?!got)\w*Error$
  'shared-memory-cloned': () => says(() => structuredClone(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer)),
  //= 200
  //>= TypeError
  'atomics-wait': () => says(() => Atomics.wait(new Int32Array(new ArrayBuffer(8)), 0, 0, 10)),
  //= 200
  //>= TypeError
  'atomics-wait-big': () => says(() => Atomics.wait(new BigInt64Array(2), 0, 0n, 10)),
  //= 200
  //>= TypeError
  'atomics-wait-async': () => says(() => Atomics.waitAsync(new Int32Array(4), 0, 0, 10).value),
  //= 200
  //>= got 0
  'atomics-notify': () => says(() => Atomics.notify(new Int32Array(4), 0)),
};
globalThis.renderPage = (url) => cases[url.slice(url.lastIndexOf('/') + 1)]();

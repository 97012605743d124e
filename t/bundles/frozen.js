// SPDX-License-Identifier: Apache-2.0
// Renders that change JavaScript's own objects, and others that look.  It brings a polyfill itself.
console.info('evaluated');
Array.prototype.fromBundle = () => 'polyfill';
globalThis.counter = 0;

const GeneratorPrototype = Object.getPrototypeOf(function* () {}).prototype;
const TypedArray = Object.getPrototypeOf(Uint8Array);

// Each gives an object and a key to set.
const changes = {
  'Object.prototype': [Object.prototype, 'polluted'],
  'Object.prototype.toString': [Object.prototype, 'toString'],
  'Object.assign': [Object, 'assign'],
  'Array.prototype.map': [Array.prototype, 'map'],
  'Array.prototype.push': [Array.prototype, 'push'],
  'Array.prototype.map.x': [Array.prototype.map, 'x'],
  'Array.prototype.fromBundle': [Array.prototype, 'fromBundle'],
  'Promise.prototype.then': [Promise.prototype, 'then'],
  'Iterator': [Object.getPrototypeOf(Object.getPrototypeOf([].values())), 'map'],
  'Generator': [GeneratorPrototype, 'next'],
  'TypedArray.prototype.slice': [TypedArray.prototype, 'slice'],
  'Function.prototype.call': [Function.prototype, 'call'],
  'Error.captureStackTrace': [Error, 'captureStackTrace'],
  'TypeError.prototype': [TypeError.prototype, 'polluted'],
  'JSON.parse': [JSON, 'parse'],
  'Math.random': [Math, 'random'],
  'Intl.Collator': [Intl, 'Collator'],
  'Reflect.get': [Reflect, 'get'],
  'Symbol.prototype': [Symbol.prototype, 'polluted'],
  'Map.prototype.get': [Map.prototype, 'get'],
  'parseInt.x': [parseInt, 'x'],
};

// What was really changed, and put back.
function changed() {
  return Object.keys(changes).filter((name) => {
    const [object, key] = changes[name];
    const before = Object.getOwnPropertyDescriptor(object, key);
    const mine = () => {};
    try {
      object[key] = mine;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    const took = object[key] === mine;
    if (took && before === undefined) delete object[key];
    else if (took) Object.defineProperty(object, key, before);
    return took;
  });
}

// What libraries do, and what must go on.
const allowed = {
  own() {
    const object = {};
    object.toString = () => 'first';
    object.toString = () => 'own';
    return `${object}` === 'own' && Object.keys(object).join() === 'toString' && `${{}}` === '[object Object]';
  },
  errors() {
    const error = new Error('a');
    error.name = 'Mine';
    error.message = 'b';
    function Old() {}
    Old.prototype = Object.create(Error.prototype);
    Old.prototype.constructor = Old;
    Old.prototype.toString = () => 'old';
    return `${error}` === 'Mine: b' && `${new Old()}` === 'old';
  },
  stacks() {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = limit;
    Error.prepareStackTrace = () => 'prepared';
    const { stack } = new Error('a');
    Error.prepareStackTrace = undefined;
    return stack === 'prepared';
  },
  arrays() {
    const list = [];
    list.push = () => 'mine';
    return list.push() === 'mine' && [1].fromBundle() === 'polyfill';
  },
  buffers() {
    function Bytes() {}
    Bytes.prototype = Object.create(Uint8Array.prototype);
    Bytes.prototype.slice = () => 'mine';
    return new Bytes().slice() === 'mine';
  },
  globals() {
    globalThis.counter++;
    for (const name of Object.getOwnPropertyNames(globalThis)) void globalThis[name];
    return new URL('http://a/b').pathname === '/b' && new Headers({ a: 'b' }).get('a') === 'b' &&
      structuredClone(new Map([[1, 2]])).get(1) === 2;
  },
  async modules() {
    const { Buffer } = await import('node:buffer');
    await import('node:util');
    await import('node:stream');
    return Buffer.from('a').toString('hex') === '61';
  },
  async streams() {
    const pack = new Blob(['abc']).stream().pipeThrough(new CompressionStream('gzip'));
    return await new Response(pack.pipeThrough(new DecompressionStream('gzip'))).text() === 'abc';
  },
};

globalThis.renderPage = async (url) => {
  if (url.endsWith('/changed')) return changed().length === 0 ? 'none' : changed().join(' ');
  if (url.endsWith('/all')) return Object.keys(changes).join(' ');
  if (url.endsWith('/error')) null.nothing;
  const failed = [];
  for (const name of Object.keys(allowed)) {
    if (!await allowed[name]()) failed.push(name);
  }
  return failed.length === 0 ? 'all allowed' : failed.join(' ');
};

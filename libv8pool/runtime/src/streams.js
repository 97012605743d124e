// SPDX-License-Identifier: Apache-2.0
// Streams.

import * as streams from 'web-streams-polyfill';

// The bundler may have renamed a class.
for (const [name, Class] of Object.entries(streams)) {
  Object.defineProperty(Class, 'name', { value: name, configurable: true });
}

// The package's iterator stands alone; the standard's has the prototype of all asynchronous iterators.
const iterator = Object.getPrototypeOf(new streams.ReadableStream().values());
const ofAll = Object.getPrototypeOf(Object.getPrototypeOf((async function* () {}).prototype));
delete iterator[Symbol.asyncIterator];
Object.setPrototypeOf(iterator, ofAll);

export * from 'web-streams-polyfill';

// SPDX-License-Identifier: Apache-2.0
// Streams.

import { ReadableStream } from 'web-streams-polyfill';

// The package's iterator stands alone; the standard's has the prototype of all asynchronous iterators.
const iterator = Object.getPrototypeOf(new ReadableStream().values());
const ofAll = Object.getPrototypeOf(Object.getPrototypeOf((async function* () {}).prototype));
delete iterator[Symbol.asyncIterator];
Object.setPrototypeOf(iterator, ofAll);

export * from 'web-streams-polyfill';

// SPDX-License-Identifier: Apache-2.0
// CompressionStream and DecompressionStream, on pako's zlib.

import { shape } from './define.js';

const { Deflate, Inflate } = $host.extra().pako();

const FORMATS = {
  deflate: { windowBits: 15 },
  'deflate-raw': { windowBits: -15, raw: true },
  gzip: { windowBits: 31, gzip: true },
};

function formatOf(value, given) {
  const format = FORMATS[`${value}`];
  if (given === 0 || format === undefined || !Object.hasOwn(FORMATS, `${value}`)) {
    throw new TypeError(`a compression format was expected: ${Object.keys(FORMATS).join(', ')}`);
  }
  return format;
}

function bytesOf(chunk) {
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw new TypeError('a chunk of bytes was expected');
}

// pako hands out views of a buffer that it uses again.
function pass(coder, controller) {
  coder.onData = (chunk) => {
    if (chunk.length > 0) controller.enqueue(chunk.slice());
  };
}

function compressor(format) {
  const deflate = new Deflate(format);
  return {
    start: (controller) => pass(deflate, controller),
    transform(chunk) {
      const bytes = bytesOf(chunk);
      if (bytes.length > 0) deflate.push(bytes, false);
    },
    flush() {
      deflate.push(new Uint8Array(0), true);
    },
  };
}

function decompressor(format) {
  const inflate = new Inflate(format);
  let over = false;
  inflate.onEnd = (status) => {
    over = status === 0;
  };
  const check = () => {
    if (inflate.err) throw new TypeError(`the compressed data is damaged: ${inflate.msg || inflate.err}`);
  };
  return {
    start: (controller) => pass(inflate, controller),
    transform(chunk) {
      const bytes = bytesOf(chunk);
      if (bytes.length === 0) return;
      if (over) throw new TypeError('there is more after the end of the compressed data');
      inflate.push(bytes, false);
      check();
      if (over && inflate.strm.avail_in > 0) throw new TypeError('there is more after the end of the compressed data');
    },
    flush() {
      if (!over) throw new TypeError('the compressed data is not complete');
    },
  };
}

class CompressionStream {
  #stream;
  constructor(format) {
    this.#stream = new TransformStream(compressor(formatOf(format, arguments.length)));
  }
  get readable() {
    return this.#stream.readable;
  }
  get writable() {
    return this.#stream.writable;
  }
}

class DecompressionStream {
  #stream;
  constructor(format) {
    this.#stream = new TransformStream(decompressor(formatOf(format, arguments.length)));
  }
  get readable() {
    return this.#stream.readable;
  }
  get writable() {
    return this.#stream.writable;
  }
}

shape(CompressionStream, 'CompressionStream');
shape(DecompressionStream, 'DecompressionStream');
export { CompressionStream, DecompressionStream };

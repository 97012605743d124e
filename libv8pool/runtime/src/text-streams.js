// SPDX-License-Identifier: Apache-2.0
// TextEncoderStream and TextDecoderStream.

import { shape } from './define.js';

class Pair {
  #stream;
  constructor(transformer) {
    this.#stream = new TransformStream(transformer);
  }
  static readable(pair) {
    return pair.#stream.readable;
  }
  static writable(pair) {
    return pair.#stream.writable;
  }
}

class TextEncoderStream {
  #pair;
  constructor() {
    const encoder = new TextEncoder();
    let high = ''; // half of a surrogate pair, at the end of the last chunk
    this.#pair = new Pair({
      transform(chunk, controller) {
        let text = high + `${chunk}`;
        high = '';
        const last = text.charCodeAt(text.length - 1);
        if (last >= 0xD800 && last < 0xDC00) {
          high = text.slice(-1);
          text = text.slice(0, -1);
        }
        if (text !== '') controller.enqueue(encoder.encode(text));
      },
      flush(controller) {
        if (high !== '') controller.enqueue(encoder.encode(high));
      },
    });
  }
  get encoding() {
    this.#pair;
    return 'utf-8';
  }
  get readable() {
    return Pair.readable(this.#pair);
  }
  get writable() {
    return Pair.writable(this.#pair);
  }
}

class TextDecoderStream {
  #pair;
  #decoder;
  constructor(label = 'utf-8', options = undefined) {
    const decoder = new TextDecoder(label, options);
    const put = (text, controller) => {
      if (text !== '') controller.enqueue(text);
    };
    this.#decoder = decoder;
    this.#pair = new Pair({
      transform: (chunk, controller) => put(decoder.decode(needed(chunk), { stream: true }), controller),
      flush: (controller) => put(decoder.decode(), controller),
    });
  }
  get encoding() {
    return this.#decoder.encoding;
  }
  get fatal() {
    return this.#decoder.fatal;
  }
  get ignoreBOM() {
    return this.#decoder.ignoreBOM;
  }
  get readable() {
    return Pair.readable(this.#pair);
  }
  get writable() {
    return Pair.writable(this.#pair);
  }
}

// decode() would take nothing for an end.
function needed(chunk) {
  if (chunk === undefined || chunk === null) throw new TypeError('a chunk of bytes was expected');
  return chunk;
}

shape(TextEncoderStream, 'TextEncoderStream');
shape(TextDecoderStream, 'TextDecoderStream');
export { TextDecoderStream, TextEncoderStream };

// SPDX-License-Identifier: Apache-2.0
// TextEncoder and TextDecoder: UTF-8 is the engine's, other encodings are @exodus/bytes', loaded when first asked for.

import { shape } from './define.js';

const { utf8Encode, utf8EncodeInto, utf8Decode } = $host;
const UTF8 = /^[\t\n\f\r ]*(?:unicode-1-1-utf-8|unicode11utf8|unicode20utf8|utf-?8|x-unicode20utf8)[\t\n\f\r ]*$/i;

class TextEncoder {
  #brand;
  get encoding() {
    this.#brand;
    return 'utf-8';
  }
  encode(input = '') {
    this.#brand;
    return utf8Encode(typeof input === 'string' ? input : `${input}`);
  }
  encodeInto(source, destination) {
    this.#brand;
    if (arguments.length < 2 || !(destination instanceof Uint8Array)) {
      throw new TypeError('encodeInto: a string and a Uint8Array were expected');
    }
    const [read, written] = utf8EncodeInto(`${source}`, destination);
    return { read, written };
  }
}

// How many bytes at the end are the beginning of a character that more bytes may complete.
function incomplete(bytes) {
  const { length } = bytes;
  for (let back = 1; back <= 3 && back <= length; back++) {
    const lead = bytes[length - back];
    if ((lead & 0xC0) === 0x80) continue;
    const wanted = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xC2 && lead < 0xE0 ? 2 : 0;
    if (back >= wanted) return 0;
    const next = back > 1 ? bytes[length - back + 1] : 0x90;
    const low = lead === 0xE0 ? 0xA0 : lead === 0xF0 ? 0x90 : 0x80;
    const high = lead === 0xED ? 0x9F : lead === 0xF4 ? 0x8F : 0xBF;
    return back === 1 || (next >= low && next <= high) ? back : 0;
  }
  return 0;
}

function view(input) {
  if (input === undefined) return new Uint8Array(0);
  if (ArrayBuffer.isView(input)) {
    if (input.byteLength === 0) return new Uint8Array(0); // also of a buffer that is detached
    return input instanceof Uint8Array ? input : new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  }
  if (Object.prototype.toString.call(input) === '[object ArrayBuffer]') {
    return new Uint8Array(input.byteLength === 0 ? 0 : input);
  }
  throw new TypeError('decode: an ArrayBuffer or a view of one was expected');
}

class TextDecoder {
  #fatal;
  #ignoreBOM;
  #other; // who decodes what is not UTF-8
  #kept; // bytes of an unfinished character
  #begun = false; // the place of a byte order mark is behind us

  constructor(label = 'utf-8', options = undefined) {
    if (options !== undefined && options !== null && typeof options !== 'object' && typeof options !== 'function') {
      throw new TypeError('TextDecoder: options are an object');
    }
    this.#fatal = Boolean(options?.fatal);
    this.#ignoreBOM = Boolean(options?.ignoreBOM);
    if (label !== 'utf-8' && !UTF8.test(label)) {
      const { TextDecoder: Other } = $host.extra().encodings();
      this.#other = new Other(`${label}`, { fatal: this.#fatal, ignoreBOM: this.#ignoreBOM });
    }
  }
  get encoding() {
    return this.#other === undefined ? 'utf-8' : this.#other.encoding;
  }
  get fatal() {
    return this.#fatal;
  }
  get ignoreBOM() {
    return this.#ignoreBOM;
  }
  decode(input = undefined, options = undefined) {
    const stream = Boolean(options?.stream);
    const bytes = view(input);
    if (this.#other !== undefined) return this.#other.decode(bytes, { stream });
    if (!stream && this.#kept === undefined && !this.#begun) {
      return utf8Decode(bytes, this.#fatal, !this.#ignoreBOM);
    }
    return this.#next(bytes, stream);
  }
  #next(bytes, stream) {
    let all = bytes;
    if (this.#kept !== undefined) {
      all = new Uint8Array(this.#kept.length + bytes.length);
      all.set(this.#kept);
      all.set(bytes, this.#kept.length);
      this.#kept = undefined;
    }
    const strip = !this.#begun && !this.#ignoreBOM;
    if (!stream) {
      this.#begun = false;
      return utf8Decode(all, this.#fatal, strip);
    }
    const left = incomplete(all);
    if (left > 0) {
      this.#kept = all.slice(all.length - left);
      all = all.subarray(0, all.length - left);
    }
    try {
      const text = utf8Decode(all, this.#fatal, strip);
      if (all.length > 0) this.#begun = true;
      return text;
    } catch (error) {
      this.#kept = undefined;
      this.#begun = false;
      throw error;
    }
  }
}

shape(TextEncoder, 'TextEncoder');
shape(TextDecoder, 'TextDecoder');
export { TextDecoder, TextEncoder };

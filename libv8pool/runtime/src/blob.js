// SPDX-License-Identifier: Apache-2.0
// Blob and File.  The bytes are one array: what a page uploads or makes is small.

import { shape } from './define.js';
import { need } from './events.js';

const { utf8Encode, utf8Decode } = $host;
let bytesOf;

function join(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const isBuffer = (part) => ArrayBuffer.isView(part) || part instanceof ArrayBuffer;

function bytesOfPart(part, native) {
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  if (part instanceof ArrayBuffer) return new Uint8Array(part);
  if (isBlob(part)) return bytesOf(part);
  return utf8Encode(native ? part.replace(/\r\n?/g, '\n') : part);
}

function normalType(value) {
  const type = `${value}`;
  return /[^\x20-\x7E]/.test(type) ? '' : type.toLowerCase();
}

function readOptions(options, what) {
  if (options === undefined || options === null) return {};
  if (typeof options !== 'object' && typeof options !== 'function') throw new TypeError(`${what}: options are an object`);
  return options;
}

function sequence(parts, what) {
  // asked for once, which a getter would notice
  const iterate = (typeof parts === 'object' && parts !== null) || typeof parts === 'function' ? parts[Symbol.iterator] : undefined;
  if (typeof iterate !== 'function') throw new TypeError(`${what}: a sequence was expected`);
  // Each is converted before the next is asked for: that may change the sequence.
  const list = [];
  for (const part of { [Symbol.iterator]: () => iterate.call(parts) }) {
    list.push(isBuffer(part) || isBlob(part) ? part : `${part}`);
  }
  return list;
}

const CHUNK = 65536;
const key = Symbol('bytes');

class Blob extends $host.Platform {
  #bytes;
  #type;

  static {
    bytesOf = (blob) => blob.#bytes;
    Blob.is = (value) => typeof value === 'object' && value !== null && #bytes in value;
  }

  constructor(parts = undefined, options = undefined) {
    super();
    if (parts === key) {
      this.#bytes = options.bytes;
      this.#type = options.type;
      return;
    }
    const given = parts === undefined ? [] : sequence(parts, 'Blob');
    const read = readOptions(options, 'Blob');
    const { endings = 'transparent' } = read;
    const ending = `${endings}`;
    if (ending !== 'transparent' && ending !== 'native') {
      throw new TypeError('Blob: endings is transparent or native');
    }
    const { type = '' } = read;
    this.#type = normalType(type);
    this.#bytes = join(given.map((part) => bytesOfPart(part, ending === 'native')));
  }
  get size() {
    return this.#bytes.length;
  }
  get type() {
    return this.#type;
  }
  slice(start = 0, end = this.#bytes.length, type = '') {
    const size = this.#bytes.length;
    const clamp = (value) => {
      const at = Math.trunc(Number(value)) || 0;
      return at < 0 ? Math.max(size + at, 0) : Math.min(at, size);
    };
    const from = clamp(start);
    const to = Math.max(clamp(end), from);
    return new Blob(key, { bytes: this.#bytes.subarray(from, to), type: normalType(type) });
  }
  stream() {
    const bytes = this.#bytes;
    let at = 0;
    return new ReadableStream({
      type: 'bytes',
      pull(controller) {
        if (at < bytes.length) {
          const next = bytes.slice(at, at + CHUNK);
          at += next.length;
          controller.enqueue(next);
        }
        if (at >= bytes.length) {
          controller.close();
          controller.byobRequest?.respond(0);
        }
      },
    });
  }
  async text() {
    return utf8Decode(this.#bytes, false, true);
  }
  async arrayBuffer() {
    return this.#bytes.slice().buffer;
  }
  async bytes() {
    return this.#bytes.slice();
  }
}

const isBlob = Blob.is;
delete Blob.is;

class File extends Blob {
  #name;
  #lastModified;
  constructor(parts, name, options = undefined) {
    need(arguments, 2, 'File');
    super(sequence(parts, 'File'), options);
    const { lastModified } = readOptions(options, 'File');
    this.#name = `${name}`.toWellFormed();
    this.#lastModified = lastModified === undefined ? Date.now() : Math.trunc(Number(lastModified)) || 0;
  }
  get name() {
    return this.#name;
  }
  get lastModified() {
    return this.#lastModified;
  }
  get webkitRelativePath() {
    this.#name;
    return '';
  }
}

shape(Blob, 'Blob');
shape(File, 'File');

// A copy for structuredClone: bytes never change, so they are shared.
export function copyBlob(blob) {
  if (!(blob instanceof File)) return new Blob(key, { bytes: bytesOf(blob), type: blob.type });
  return new File([blob], blob.name, { type: blob.type, lastModified: blob.lastModified });
}

export { Blob, File, bytesOf, isBlob };

// SPDX-License-Identifier: Apache-2.0
// What undici's classes take from Node's globals, of it only what they use.

'use strict';

const { utf8Encode, utf8Length, utf8Decode, base64Decode } = $host;

// Bytes that know how to become text, and how to find each other, as a Buffer does.
class Bytes extends Uint8Array {
  toString(encoding = 'utf8') {
    if (encoding === 'utf8') return utf8Decode(this, false, false);
    let text = '';
    for (let i = 0; i < this.length; i++) text += String.fromCharCode(this[i]);
    return text;
  }
  equals(other) {
    return this.length === other.length && this.every((byte, i) => byte === other[i]);
  }
  indexOf(wanted, from = 0) {
    if (typeof wanted === 'number') return super.indexOf(wanted, from);
    const last = this.length - wanted.length;
    for (let at = super.indexOf(wanted[0], from); at >= 0 && at <= last; at = super.indexOf(wanted[0], at + 1)) {
      let i = 1;
      while (i < wanted.length && this[at + i] === wanted[i]) i++;
      if (i === wanted.length) return at;
    }
    return -1;
  }
}

function binary(text) {
  const bytes = new Bytes(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// Node takes what it can of base64 that is none.
function base64(text) {
  return binary(base64Decode(text.replace(/[^A-Za-z0-9+/]/g, '').replace(/^((?:.{4})*).$/, '$1')) ?? '');
}

exports.Buffer = {
  allocUnsafe: (size) => new Bytes(size),
  byteLength: utf8Length,
  concat(parts, size) {
    const all = new Bytes(size);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  },
  from(value, encoding) {
    if (typeof value !== 'string') return new Bytes(value);
    if (encoding === 'base64') return base64(value);
    if (encoding === 'binary') return binary(value);
    const bytes = utf8Encode(value);
    return new Bytes(bytes.buffer, bytes.byteOffset, bytes.length);
  },
  isBuffer: (value) => value instanceof Bytes,
};

exports.process = { versions: { node: '20.0.0' }, emitWarning(text) { console.warn(text); } };

// A cell that is registered cannot be put into a startup image; the streams of a render go with it.
exports.FinalizationRegistry = class {
  register() {}
  unregister() {}
};

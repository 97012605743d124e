// SPDX-License-Identifier: Apache-2.0
// Built-ins that are worth a native function where V8 lacks them: they look at every character, or move memory.

import { define } from './define.js';

const { isWellFormed, toWellFormed, moveBuffer } = $host;

function text(self) {
  if (self === undefined || self === null) throw new TypeError('String.prototype method called on null or undefined');
  return `${self}`;
}

const strings = {
  isWellFormed() {
    return isWellFormed(text(this));
  },
  toWellFormed() {
    return toWellFormed(text(this));
  },
};

function isDetached(buffer) {
  if (buffer.byteLength > 0) return false;
  try {
    return new Uint8Array(buffer).length > 0;
  } catch {
    return true;
  }
}

function lengthOf(value, fallback) {
  if (value === undefined) return fallback;
  const length = Math.trunc(Number(value)) || 0;
  if (length < 0 || length > Number.MAX_SAFE_INTEGER) throw new RangeError('Invalid array buffer length');
  return length;
}

function moved(buffer, newLength) {
  if (!(buffer instanceof ArrayBuffer)) throw new TypeError('the receiver is not an ArrayBuffer');
  const length = lengthOf(newLength, buffer.byteLength);
  if (isDetached(buffer)) throw new TypeError('the ArrayBuffer is detached');
  if (length === buffer.byteLength) return moveBuffer(buffer);
  const copy = new Uint8Array(length);
  copy.set(new Uint8Array(buffer, 0, Math.min(length, buffer.byteLength)));
  moveBuffer(buffer);
  return copy.buffer;
}

const buffers = {
  transfer(newLength = undefined) {
    return moved(this, newLength);
  },
  transferToFixedLength(newLength = undefined) {
    return moved(this, newLength);
  },
};

for (const [name, value] of Object.entries(strings)) {
  if (String.prototype[name] === undefined) define(String.prototype, name, value);
}
for (const [name, value] of Object.entries(buffers)) {
  if (ArrayBuffer.prototype[name] === undefined) define(ArrayBuffer.prototype, name, value);
}
if (!('detached' in ArrayBuffer.prototype)) {
  Object.defineProperty(ArrayBuffer.prototype, 'detached', {
    get() {
      if (!(this instanceof ArrayBuffer)) throw new TypeError('the receiver is not an ArrayBuffer');
      return isDetached(this);
    },
    configurable: true,
  });
}

// SPDX-License-Identifier: Apache-2.0
// structuredClone: V8's serializer, with what it does not know of: blobs, keys, DOMExceptions and ports.

import { copyBlob, isBlob } from './blob.js';
import { CryptoKey, copyKey } from './crypto-key.js';
import { DOMException, isDOMException } from './dom-exception.js';
import { need } from './events.js';

function fail(message) {
  throw new DOMException(message, 'DataCloneError');
}

const failed = (message) => new DOMException(message, 'DataCloneError');

// A copy of what is none of V8's own; `ports` has the new port for each that moves.
function copyPlatform(object, ports) {
  if (ports?.has(object)) return ports.get(object);
  if (isBlob(object)) return copyBlob(object);
  if (object instanceof CryptoKey) return copyKey(object);
  return fail(`${Object.prototype.toString.call(object)} cannot be cloned`);
}

function copyException(error) {
  const copy = new DOMException(error.message, error.name);
  Object.defineProperty(copy, 'stack', { value: error.stack, writable: true, configurable: true });
  return copy;
}

// Buffers to move, and new ports for old ones.  movePort is MessagePort's; without it there are none.
function sort(transfer, movers) {
  const buffers = new Set();
  const ports = new Map();
  for (const object of transfer) {
    const port = movers?.is(object);
    if (buffers.has(object) || ports.has(object)) fail('the same object is to be transferred twice');
    if (port) ports.set(object, undefined);
    else if (object instanceof ArrayBuffer && !object.detached) buffers.add(object);
    else fail(`${Object.prototype.toString.call(object)} cannot be transferred`);
  }
  for (const port of ports.keys()) movers.check(port);
  return { buffers: [...buffers], ports };
}

export function clone(value, transfer, movers) {
  if (transfer.length === 0 && (value === null || (typeof value !== 'object' && typeof value !== 'function' &&
      typeof value !== 'symbol'))) {
    return { copy: value, ports: [] };
  }
  if (isDOMException(value)) return { copy: copyException(value), ports: [] };
  const { buffers, ports } = sort(transfer, movers);
  for (const port of ports.keys()) ports.set(port, movers.reserve(port));
  const copy = $host.clone(value, buffers, (object) => copyPlatform(object, ports), failed);
  for (const [old, port] of ports) movers.move(old, port);
  return { copy, ports: [...ports.values()] };
}

export function transferList(options) {
  if (options === undefined || options === null) return [];
  if (typeof options !== 'object' && typeof options !== 'function') {
    throw new TypeError('structuredClone: options are an object');
  }
  const { transfer } = options;
  if (transfer === undefined) return [];
  if (transfer === null || typeof transfer[Symbol.iterator] !== 'function') {
    throw new TypeError('transfer is not a sequence');
  }
  return [...transfer];
}

let movers;

// Ports are loaded when somebody asks for one, and then known here.
export function setMovers(ofPorts) {
  movers = ofPorts;
}

export function cloneWith(value, transfer) {
  return clone(value, transfer, movers);
}

export function structuredClone(value, options = undefined) {
  need(arguments, 1, 'structuredClone');
  return clone(value, transferList(options), movers).copy;
}

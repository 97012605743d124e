// SPDX-License-Identifier: Apache-2.0
// FileReader.  A Blob's bytes are there already: nothing can go wrong, and what the events tell of has happened.

import { btoa } from './base64.js';
import { bytesOf, isBlob } from './blob.js';
import { constants, shape } from './define.js';
import { DOMException } from './dom-exception.js';
import { TextDecoder } from './encoding.js';
import { EventTarget, ProgressEvent, attribute, fire } from './events.js';

const states = { EMPTY: 0, LOADING: 1, DONE: 2 };
const MARKS = [['utf-8', [0xEF, 0xBB, 0xBF]], ['utf-16be', [0xFE, 0xFF]], ['utf-16le', [0xFF, 0xFE]]];

function binary(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
}

// A mark at the beginning counts for more than what was asked for, and that for more than what the Blob says.
function text(bytes, type, asked) {
  const [mark] = MARKS.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte)) ?? [];
  for (const label of [mark ?? asked, /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(type)?.[1]]) {
    try {
      if (label !== undefined) return new TextDecoder(label).decode(bytes);
    } catch {} // no encoding is called that: the next one
  }
  return new TextDecoder().decode(bytes);
}

const dataURL = (bytes, type) => `data:${type || 'application/octet-stream'};base64,${btoa(binary(bytes))}`;

class FileReader extends EventTarget {
  #state = states.EMPTY;
  #result = null;
  #reading; // the bytes of the read that goes on: its tasks see by them whether it still does

  #tell(type, { length }) {
    fire(this, new ProgressEvent(type, { lengthComputable: true, loaded: length, total: length }));
  }
  #read(blob, what) {
    if (!isBlob(blob)) throw new TypeError('FileReader: a Blob was expected');
    if (this.#state === states.LOADING) throw new DOMException('FileReader: one read is going on', 'InvalidStateError');
    const bytes = this.#reading = bytesOf(blob).subarray();
    this.#state = states.LOADING;
    this.#result = null;
    const task = (run) => $host.queueTask(() => this.#reading === bytes && run());
    task(() => this.#tell('loadstart', []));
    if (bytes.length > 0) task(() => this.#tell('progress', bytes));
    task(() => {
      this.#state = states.DONE;
      this.#result = what(bytes, blob.type);
      // promises that follow from one event come before the next
      task(() => this.#tell('loadend', bytes));
      this.#tell('load', bytes);
    });
  }
  readAsArrayBuffer(blob) { this.#read(blob, (bytes) => bytes.slice().buffer); }
  readAsBinaryString(blob) { this.#read(blob, binary); }
  readAsText(blob, encoding = undefined) { this.#read(blob, (bytes, type) => text(bytes, type, encoding)); }
  readAsDataURL(blob) { this.#read(blob, dataURL); }
  abort() {
    this.#result = null;
    if (this.#state !== states.LOADING) return;
    this.#state = states.DONE;
    this.#reading = undefined;
    this.#tell('abort', []);
    if (this.#state !== states.LOADING) this.#tell('loadend', []);
  }
  get readyState() { return this.#state; }
  get result() { return this.#result; }
  get error() { return this.#state, null; }
}

shape(FileReader, 'FileReader');
constants(FileReader, states);
for (const type of ['loadstart', 'progress', 'load', 'abort', 'error', 'loadend']) attribute(FileReader.prototype, type);
export { FileReader };

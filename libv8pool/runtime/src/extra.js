// SPDX-License-Identifier: Apache-2.0
// The third script: tables and packages that few bundles need.  It is compiled when one of them asks.

export const bufferModule = () => require('buffer/');
export const encodings = () => require('@exodus/bytes/encoding.js');
export const eventsModule = () => require('events/');
export const hosts = () => require('tr46');
export const pako = () => require('pako');
export const stream = () => require('readable-stream/lib/ours/browser.js');
export const stringDecoder = () => require('string_decoder/');
export const utilModule = () => require('util/');

// SPDX-License-Identifier: Apache-2.0
// What react-dom/server asks for while it loads and the runtime does not have. As little as renderToString needs: a
// TextEncoder, and a MessageChannel that nobody sends through.

export class TextEncoder {
  encode(text = '') {
    const bytes = unescape(encodeURIComponent(text));
    return Uint8Array.from(bytes, (c) => c.charCodeAt(0));
  }
}

export class MessageChannel {
  port1 = {};
  port2 = { postMessage() { throw new Error('no MessageChannel here'); } };
}

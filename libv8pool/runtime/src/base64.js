// SPDX-License-Identifier: Apache-2.0
// atob and btoa.

import { DOMException } from './dom-exception.js';
import { need } from './events.js';

export function atob(data) {
  need(arguments, 1, 'atob');
  const text = $host.base64Decode(`${data}`);
  if (text === undefined) throw new DOMException('atob: this is not base64', 'InvalidCharacterError');
  return text;
}

export function btoa(data) {
  need(arguments, 1, 'btoa');
  const text = $host.base64Encode(`${data}`);
  if (text === undefined) {
    throw new DOMException('btoa: a character is beyond U+00FF', 'InvalidCharacterError');
  }
  return text;
}

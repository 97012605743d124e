// SPDX-License-Identifier: Apache-2.0
// DOMException, as a real Error: with a stack, and told as an error by V8.

import { constants, shape } from './define.js';

const CODES = {
  IndexSizeError: 1, HierarchyRequestError: 3, WrongDocumentError: 4, InvalidCharacterError: 5,
  NoModificationAllowedError: 7, NotFoundError: 8, NotSupportedError: 9, InUseAttributeError: 10,
  InvalidStateError: 11, SyntaxError: 12, InvalidModificationError: 13, NamespaceError: 14, InvalidAccessError: 15,
  TypeMismatchError: 17, SecurityError: 18, NetworkError: 19, AbortError: 20, URLMismatchError: 21,
  QuotaExceededError: 22, TimeoutError: 23, InvalidNodeTypeError: 24, DataCloneError: 25,
};

const CONSTANTS = {
  INDEX_SIZE_ERR: 1, DOMSTRING_SIZE_ERR: 2, HIERARCHY_REQUEST_ERR: 3, WRONG_DOCUMENT_ERR: 4,
  INVALID_CHARACTER_ERR: 5, NO_DATA_ALLOWED_ERR: 6, NO_MODIFICATION_ALLOWED_ERR: 7, NOT_FOUND_ERR: 8,
  NOT_SUPPORTED_ERR: 9, INUSE_ATTRIBUTE_ERR: 10, INVALID_STATE_ERR: 11, SYNTAX_ERR: 12,
  INVALID_MODIFICATION_ERR: 13, NAMESPACE_ERR: 14, INVALID_ACCESS_ERR: 15, VALIDATION_ERR: 16,
  TYPE_MISMATCH_ERR: 17, SECURITY_ERR: 18, NETWORK_ERR: 19, ABORT_ERR: 20, URL_MISMATCH_ERR: 21,
  QUOTA_EXCEEDED_ERR: 22, TIMEOUT_ERR: 23, INVALID_NODE_TYPE_ERR: 24, DATA_CLONE_ERR: 25,
};

// A base class that returns an object puts the fields of the derived one onto that object.
class Bare {
  constructor(object) {
    return object;
  }
}

class Fields extends Bare {
  #message;
  #name;
  constructor(error, message, name) {
    super(error);
    this.#message = message;
    this.#name = name;
  }
  static is(error) {
    return #name in error;
  }
  static message(error) {
    return error.#message;
  }
  static name(error) {
    return error.#name;
  }
}

const nameOf = Fields.name;

class DOMException {
  constructor(message = '', options = 'Error') {
    const withCause = typeof options === 'object' && options !== null;
    const name = withCause ? options.name ?? 'Error' : options;
    const error = Reflect.construct(Error, [], new.target);
    if (withCause && 'cause' in options) {
      Object.defineProperty(error, 'cause', { value: options.cause, writable: true, configurable: true });
    }
    return new Fields(error, `${message}`, `${name}`);
  }
  get name() {
    return nameOf(this);
  }
  get message() {
    return Fields.message(this);
  }
  get code() {
    return CODES[nameOf(this)] ?? 0;
  }
}

Object.setPrototypeOf(DOMException.prototype, Error.prototype);
shape(DOMException, 'DOMException');
constants(DOMException, CONSTANTS);

export const isDOMException = (value) => typeof value === 'object' && value !== null && Fields.is(value);
export { DOMException };

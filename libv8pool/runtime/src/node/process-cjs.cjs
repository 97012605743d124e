// SPDX-License-Identifier: Apache-2.0
// node:process as CommonJS packages want it.

'use strict';

module.exports = require('./process.js').default;

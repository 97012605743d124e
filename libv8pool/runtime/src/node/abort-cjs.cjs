// SPDX-License-Identifier: Apache-2.0
// In the place of the abort-controller package: ours.

'use strict';

module.exports = { AbortController: globalThis.AbortController, AbortSignal: globalThis.AbortSignal };

// SPDX-License-Identifier: Apache-2.0
// CommonJS that throws, and answers that.
exports.render = (url) => { throw new Error(`cjs ${url}`); };
exports.renderError = (error) => `<p>${error.message}</p>`;

// SPDX-License-Identifier: Apache-2.0
// A classic script that throws, and answers that.
globalThis.renderPage = (url) => { throw new Error(`script ${url}`); };
globalThis.renderError = (error, request) => `<p>${error.message} of ${request.url.replace(/^.*\/\/[^/]*/, '')}</p>`;

// SPDX-License-Identifier: Apache-2.0
// The second script: the larger web APIs.  Each of these is called once, by a global that somebody looks at.

export const fetch = () => require('./fetch.js');
export const inner = () => require('./inner.js');
export const streams = () => require('./streams.js');
export const url = () => require('whatwg-url');
// not its index.js, which asks for the global that is being made
export const urlPattern = () => require('../node_modules/urlpattern-polyfill/dist/urlpattern.js');

// SPDX-License-Identifier: Apache-2.0
// Answers with what it was given, as JSON.
globalThis.renderPage = (url, ctx) => ({
  body: JSON.stringify({ url, bundle: ctx.bundle, env: ctx.env, frozen: Object.isFrozen(ctx.env), request: ctx.request }),
  headers: { 'Content-Type': 'application/json' },
});
// The same under another name, for entry=.
globalThis.otherEntry = (url, ctx) => ({ body: JSON.stringify({ entry: 'otherEntry', url }) });

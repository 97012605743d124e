// SPDX-License-Identifier: Apache-2.0
// The server bundle's entry. Needs nothing but ECMAScript's own built-ins.

import { renderToString } from 'preact-render-to-string';
import { Document } from './document.jsx';
import { route } from './routes.js';

globalThis.renderPage = (url) => {
  const state = route(url);
  if (state.redirect) return state;
  const html = `<!doctype html>${renderToString(<Document state={state} />)}`;
  return state.status ? { html, status: state.status } : html;
};

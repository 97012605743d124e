// SPDX-License-Identifier: Apache-2.0
import { App } from './app.jsx';

// Inside a script element only "<" can do harm: it could begin </script or <!--.
const toJson = (state) => JSON.stringify(state).replace(/</g, '\\u003c');

// build.mjs puts in the two hashed names.
/* global SHOP_CLIENT_JS, SHOP_STYLE_CSS */

export function Document({ state }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${state.title} – Nordlicht`}</title>
        <meta name="description" content="Nordlicht – good things for the everyday: kitchen, light, paper, wool, garden and sound." />
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href={SHOP_STYLE_CSS} />
        <script defer src={SHOP_CLIENT_JS} />
      </head>
      <body>
        <div id="app"><App state={state} /></div>
        <script type="application/json" id="ssr-state" dangerouslySetInnerHTML={{ __html: toJson(state) }} />
      </body>
    </html>
  );
}

// SPDX-License-Identifier: Apache-2.0
// The page that server and browser both render, all of the document.
import { Suspense, use, useEffect, useState } from 'react';
import { data, html } from '../page.js';
import { hydrated } from './hydrated.js';

function Hello({ name, render }) {
  const [count, setCount] = useState(render);
  return (
    <>
      <h1 title={name}>Hello {name}, {count}</h1>
      <button id="more" onClick={() => setCount(count + 1)}>more</button>
    </>
  );
}

// The last to hydrate.
function News({ text }) {
  useEffect(hydrated, []);
  return <p id="news">{use(text)}</p>;
}

export function Document({ page, news }) {
  return (
    <html lang="en">
      <head><meta charSet="utf-8" /><title>alive</title></head>
      <body>
        <div id="app">
          <main>
            <Hello name={page.name} render={page.render} />
            <section data-testid="news"><Suspense fallback={<p>soon</p>}><News text={news} /></Suspense></section>
          </main>
        </div>
      </body>
    </html>
  );
}

export const alive = (render) => async (page, { signal }) => html(
  await render(<Document page={page} news={page.news()} />, {
    signal,
    bootstrapScriptContent: `globalThis.data = ${JSON.stringify(data(page)).replaceAll('<', '\\u003c')}`,
    bootstrapModules: [`/client/${page.site}.js`],
  }),
);

// SPDX-License-Identifier: Apache-2.0
// React 18 has no server.edge, and no use().
import { lazy, Suspense, useState } from 'react';
import { renderToReadableStream } from 'react-dom/server.browser';
import { html, ways } from './page.js';

function Hello({ name, render }) {
  const [count] = useState(() => render);
  return <h1 title={name}>Hello {name}, {count}</h1>;
}

const newsOf = (page) => lazy(async () => {
  const text = await page.news();
  return { default: () => <p id="news">{text}</p> };
});

function Page({ page, News }) {
  return (
    <main>
      <Hello name={page.name} render={page.render} />
      <Suspense fallback={<p>soon</p>}><News /></Suspense>
    </main>
  );
}

export default ways({
  stream: async (page, { signal }) => html(await renderToReadableStream(<Page page={page} News={newsOf(page)} />, { signal })),
});

// SPDX-License-Identifier: Apache-2.0
import { lazy, Suspense } from 'preact/compat';
import { useState } from 'preact/hooks';
import { renderToString, renderToStringAsync } from 'preact-render-to-string';
import { renderToReadableStream } from 'preact-render-to-string/stream';
import { html, ways } from './page.js';

function Hello({ name, render }) {
  const [count] = useState(() => render);
  return <h1 title={name}>Hello {name}, {count}</h1>;
}

function Page({ page, News }) {
  return (
    <main>
      <Hello name={page.name} render={page.render} />
      <Suspense fallback={<p>soon</p>}><News /></Suspense>
    </main>
  );
}

const newsOf = (page) => lazy(async () => {
  const text = await page.news();
  return { default: () => <p id="news">{text}</p> };
});

export default ways({
  string: (page) => html(renderToString(<Hello name={page.name} render={page.render} />)),
  async: async (page) => html(await renderToStringAsync(<Page page={page} News={newsOf(page)} />)),
  stream: (page) => html(renderToReadableStream(<Page page={page} News={newsOf(page)} />)),
});

// SPDX-License-Identifier: Apache-2.0
import { Suspense, use, useState } from 'react';
import { html } from './page.js';

export function Hello({ name, render }) {
  const [count] = useState(() => render);
  return <h1 title={name}>Hello {name}, {count}</h1>;
}

function News({ text }) {
  return <p id="news">{use(text)}</p>;
}

export function Page({ page, news }) {
  return (
    <main>
      <Hello name={page.name} render={page.render} />
      <Suspense fallback={<p>soon</p>}><News text={news} /></Suspense>
    </main>
  );
}

export const stream = (render) => async (page, request) => html(
  await render(<Page page={page} news={page.news()} />, { signal: request.signal }),
);

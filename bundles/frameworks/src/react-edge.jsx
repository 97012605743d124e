// SPDX-License-Identifier: Apache-2.0
import { renderToReadableStream, renderToString } from 'react-dom/server.edge';
import { prerender } from 'react-dom/static.edge';
import { alive } from './alive/react.jsx';
import { html, ways } from './page.js';
import { Hello, Page, stream } from './react.jsx';

export default ways({
  string: (page) => html(renderToString(<Hello name={page.name} render={page.render} />)),
  stream: stream(renderToReadableStream),
  alive: alive(renderToReadableStream),
  prerender: async (page) => html((await prerender(<Page page={page} news={page.news()} />)).prelude),
});

// SPDX-License-Identifier: Apache-2.0
import { getQuery, H3, html, HTTPError } from 'h3';
import { read } from './page.js';

const app = new H3();

app.use((event) => { event.res.headers.set('X-Framework', 'h3'); });
app.get('/h3/app', async (event) => {
  const page = read(event.req);
  const news = await page.news();
  return html`<main><h1 title="${page.name}">Hello ${page.name}, ${page.render}</h1><p id="news">${news}</p></main>`;
});
app.get('/h3/stream', (event) => {
  const page = read(event.req);
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(`Hello ${page.name}, ${page.render}\n`);
      controller.enqueue(await page.news());
      controller.close();
    },
  }).pipeThrough(new TextEncoderStream());
});
app.get('/h3/json/:id', (event) => ({ id: Number(event.context.params.id), query: getQuery(event) }));
app.get('/h3/error', () => { throw new HTTPError({ status: 418, message: 'a teapot' }); });

export default { fetch: (request) => app.fetch(request) };

// SPDX-License-Identifier: Apache-2.0
import { Hono } from 'hono';
import { html } from 'hono/html';
import { streamText } from 'hono/streaming';
import { read } from './page.js';

const app = new Hono();

app.use(async (c, next) => {
  await next();
  c.header('X-Framework', c.req.path.split('/')[1]);
});
app.get('/:site/app', (c) => {
  const page = read(c.req.raw);
  return c.html(html`<main><h1 title="${page.name}">Hello ${page.name}, ${page.render}</h1>${
    page.news().then((text) => html`<p id="news">${text}</p>`)}</main>`);
});
app.get('/:site/stream', (c) => {
  const page = read(c.req.raw);
  return streamText(c, async (stream) => {
    await stream.write(`Hello ${page.name}, ${page.render}\n`);
    await stream.write(await page.news());
  });
});
app.get('/:site/json/:id{[0-9]+}', (c) => c.json({ id: Number(c.req.param('id')) }));
app.notFound((c) => c.text('not here', 404));

export default app;

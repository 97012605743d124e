// SPDX-License-Identifier: Apache-2.0
import { Suspense } from 'react';
import { renderToReadableStream } from 'react-dom/server.edge';
import { Await, createRequestHandler, data, Outlet, Scripts, ServerRouter, useLoaderData } from 'react-router';
import { read } from './page.js';

function Root() {
  return <html lang="en"><head><title>React Router</title></head><body><Outlet /><Scripts /></body></html>;
}

function Page() {
  const { name, render, news } = useLoaderData();
  return (
    <main>
      <h1 title={name}>Hello {name}, {render}</h1>
      <Suspense fallback={<p>soon</p>}><Await resolve={news}>{(text) => <p id="news">{text}</p>}</Await></Suspense>
    </main>
  );
}

function loader({ request }) {
  const { name, render, news } = read(request);
  return { name, render, news: news() };
}

const routes = {
  root: { id: 'root', path: '', module: { default: Root, ErrorBoundary: () => <p>not here</p> } },
  page: { id: 'page', parentId: 'root', path: ':site/app', module: { default: Page, loader } },
  gone: {
    id: 'gone', parentId: 'root', path: ':site/gone', module: { default: () => null, loader: () => { throw data('gone', 410); } },
  },
};

async function handleRequest(request, status, headers, context) {
  const body = await renderToReadableStream(<ServerRouter context={context} url={request.url} />, { signal: request.signal });
  headers.set('Content-Type', 'text/html; charset=utf-8');
  headers.set('X-Framework', new URL(request.url).pathname.split('/')[1]);
  return new Response(body, { status, headers });
}

const manifestRoutes = Object.fromEntries(Object.values(routes).map(({ id, parentId, path, module }) => [id, {
  id, parentId, path, hasLoader: !!module.loader, hasAction: false, hasClientLoader: false, hasClientAction: false,
  hasClientMiddleware: false, hasErrorBoundary: !!module.ErrorBoundary, module: `/assets/${id}.js`, imports: [], css: [],
}]));

const handler = createRequestHandler({
  entry: { module: { default: handleRequest, handleError() {} } },
  routes,
  assets: { entry: { module: '/assets/entry.js', imports: [], css: [] }, routes: manifestRoutes, url: '/assets/manifest.js', version: '1' },
  assetsBuildDirectory: 'assets',
  basename: '/',
  publicPath: '/',
  future: {},
  isSpaMode: false,
  ssr: true,
  prerender: [],
  routeDiscovery: { mode: 'initial' },
  allowedActionOrigins: [],
}, 'production');

export default { fetch: (request) => handler(request) };

// SPDX-License-Identifier: Apache-2.0
import { Suspense } from 'react';
import {
  Await, createRootRouteWithContext, createRoute, createRouter, HeadContent, notFound, Outlet, redirect, Scripts,
} from '@tanstack/react-router';
import { createRequestHandler, defaultRenderHandler, defaultStreamHandler } from '@tanstack/react-router/ssr/server';
import { read } from './page.js';

const root = createRootRouteWithContext()({
  component: () => (
    <html lang="en"><head><HeadContent /></head><body><Outlet /><Scripts /></body></html>
  ),
  notFoundComponent: () => <p>not here</p>,
});

function Heading({ name, render }) {
  return <h1 title={name}>Hello {name}, {render}</h1>;
}

const app = createRoute({
  getParentRoute: () => root,
  path: '/tanstack/app',
  head: ({ loaderData }) => ({ meta: [{ title: loaderData.name }] }),
  headers: () => ({ 'X-Framework': 'tanstack' }),
  loader({ context }) {
    const { name, render, news } = read(context.request);
    return { name, render, news: news() };
  },
  component() {
    const { name, render, news } = app.useLoaderData();
    return (
      <main>
        <Heading name={name} render={render} />
        <Suspense fallback={<p>soon</p>}><Await promise={news}>{(text) => <p id="news">{text}</p>}</Await></Suspense>
      </main>
    );
  },
});

const string = createRoute({
  getParentRoute: () => root,
  path: '/tanstack/string',
  headers: () => ({ 'X-Framework': 'tanstack' }),
  loader({ context }) {
    const { name, render } = read(context.request);
    return { name, render };
  },
  component: () => <main><Heading {...string.useLoaderData()} /></main>,
});

const gone = createRoute({
  getParentRoute: () => root, path: '/tanstack/gone', loader() { throw notFound(); }, component: () => null,
});

const moved = createRoute({
  getParentRoute: () => root,
  path: '/tanstack/moved',
  loader() { throw redirect({ href: '/tanstack/string', statusCode: 308 }); },
  component: () => null,
});

const routeTree = root.addChildren([app, string, gone, moved]);

export default {
  fetch(request) {
    const handler = createRequestHandler({ request, createRouter: () => createRouter({ routeTree, context: { request } }) });
    return handler(/\/string/.test(request.url) ? defaultRenderHandler : defaultStreamHandler);
  },
};

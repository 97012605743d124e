// SPDX-License-Identifier: Apache-2.0
import { Suspense } from 'react';
import { Await, createFileRoute } from '@tanstack/react-router';
import { createServerFn } from '@tanstack/react-start';
import { getRequest, setCookie } from '@tanstack/react-start/server';
import { read } from '../../../../page.js';

const load = createServerFn().handler(() => {
  const { name, render, news } = read(getRequest());
  setCookie('seen', 'yes', { path: '/' });
  return { name, render, news: news() };
});

export const Route = createFileRoute('/tanstack-start/app')({
  headers: () => ({ 'X-Framework': 'tanstack-start' }),
  loader: () => load(),
  component() {
    const { name, render, news } = Route.useLoaderData();
    return (
      <main>
        <h1 title={name}>Hello {name}, {render}</h1>
        <Suspense fallback={<p>soon</p>}><Await promise={news}>{(text) => <p id="news">{text}</p>}</Await></Suspense>
      </main>
    );
  },
});

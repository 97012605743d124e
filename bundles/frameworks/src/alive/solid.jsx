// SPDX-License-Identifier: Apache-2.0
// The page that server and browser both render.
import { createResource, createSignal, onMount, Suspense } from 'solid-js';
import { hydrated } from './hydrated.js';

function Hello(props) {
  const [count, setCount] = createSignal(props.page.render);
  onMount(hydrated);
  return (
    <>
      <h1 title={props.page.name}>Hello {props.page.name}, {count()}</h1>
      <button id="more" onClick={() => setCount(count() + 1)}>more</button>
    </>
  );
}

function News(props) {
  const [text] = createResource(() => props.page.news());
  return <p id="news">{text()}</p>;
}

export const Alive = (props) => (
  <main>
    <Hello page={props.page} />
    <section data-testid="news"><Suspense fallback={<p>soon</p>}><News page={props.page} /></Suspense></section>
  </main>
);

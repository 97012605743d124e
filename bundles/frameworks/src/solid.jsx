// SPDX-License-Identifier: Apache-2.0
import { createResource, createSignal, Suspense } from 'solid-js';
import { generateHydrationScript, renderToStream, renderToString, renderToStringAsync } from 'solid-js/web';
import { Alive } from './alive/solid.jsx';
import { head, html, tail, ways } from './page.js';

function Hello(props) {
  const [count] = createSignal(props.page.render);
  return <h1 title={props.page.name}>Hello {props.page.name}, {count()}</h1>;
}

function News(props) {
  const [text] = createResource(() => props.page.news());
  return <p id="news">{text()}</p>;
}

const Page = (props) => (
  <main>
    <Hello page={props.page} />
    <Suspense fallback={<p>soon</p>}><News page={props.page} /></Suspense>
  </main>
);

function streamed(page) {
  const { readable, writable } = new TransformStream();
  renderToStream(() => <Page page={page} />).pipeTo(writable);
  return html(readable);
}

// The callbacks of pipe().
const piped = (page) => new Promise((resolve) => {
  let all = '';
  renderToStream(() => <Page page={page} />).pipe({
    write(piece) { all += piece; },
    end() { resolve(html(all)); },
  });
});

// Around what it streams: the script that collects it comes first.
function alive(page) {
  const { readable, writable } = new TextEncoderStream();
  const writer = writable.getWriter();
  const write = (text) => { writer.write(text).catch(() => {}); };
  write(head(generateHydrationScript()));
  renderToStream(() => <Alive page={page} />).pipe({
    write,
    end() {
      write(tail(page));
      writer.close().catch(() => {});
    },
  });
  return html(readable);
}

export default ways({
  alive,
  string: (page) => html(renderToString(() => <Hello page={page} />)),
  async: async (page) => html(await renderToStringAsync(() => <Page page={page} />)),
  stream: streamed,
  pipe: piped,
});

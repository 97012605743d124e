// SPDX-License-Identifier: Apache-2.0
import { createSSRApp, defineComponent, h, ref } from 'vue';
import { pipeToWebWritable, renderToSimpleStream, renderToString, renderToWebStream } from 'vue/server-renderer';
import { Alive } from './alive/vue.js';
import { head, html, tail, ways } from './page.js';

const Hello = defineComponent({
  props: ['page'],
  setup(props) {
    const count = ref(props.page.render);
    return () => h('h1', { title: props.page.name }, `Hello ${props.page.name}, ${count.value}`);
  },
});

const News = defineComponent({
  props: ['page'],
  async setup(props) {
    const text = await props.page.news();
    return () => h('p', { id: 'news' }, text);
  },
});

const appOf = (page) => createSSRApp({ render: () => h('main', [h(Hello, { page }), h(News, { page })]) });

// The callbacks of renderToSimpleStream.
const pushed = (page) => new Promise((resolve, reject) => {
  let all = '';
  renderToSimpleStream(appOf(page), {}, {
    push(piece) {
      if (piece === null) resolve(html(all));
      else all += piece;
    },
    destroy: reject,
  });
});

function piped(page) {
  const { readable, writable } = new TransformStream();
  pipeToWebWritable(appOf(page), {}, writable);
  return html(readable);
}

// The text that the component awaits is in the page's data by then.
async function alive(page) {
  const body = await renderToString(createSSRApp(Alive, { page }));
  return html(head() + body + tail(page));
}

export default ways({
  alive,
  string: async (page) => html(await renderToString(appOf(page))),
  stream: (page) => html(renderToWebStream(appOf(page))),
  simple: pushed,
  pipe: piped,
});

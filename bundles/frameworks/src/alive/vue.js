// SPDX-License-Identifier: Apache-2.0
// The page that server and browser both render.
import { defineComponent, h, onMounted, onServerPrefetch, ref } from 'vue';
import { hydrated } from './hydrated.js';

const News = defineComponent({
  props: ['page'],
  setup({ page }) {
    onServerPrefetch(async () => { page.text = await page.news(); });
    return () => h('p', { id: 'news' }, page.text);
  },
});

export const Alive = defineComponent({
  props: ['page'],
  setup({ page }) {
    const count = ref(page.render);
    onMounted(hydrated);
    return () => h('main', [
      h('h1', { title: page.name }, `Hello ${page.name}, ${count.value}`),
      h('button', { id: 'more', onClick: () => { count.value += 1; } }, 'more'),
      h('section', { 'data-testid': 'news' }, [h(News, { page })]),
    ]);
  },
});

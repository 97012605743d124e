// SPDX-License-Identifier: Apache-2.0
import { render } from 'svelte/server';
import Alive from './alive/Alive.svelte';
import Hello from './Hello.svelte';
import Page from './Page.svelte';
import { head as start, html, tail, ways } from './page.js';

export default ways({
  alive: async (page) => {
    const { head, body } = await render(Alive, { props: { page } });
    return html(start(head) + body + tail(page));
  },
  sync: (page) => html(render(Hello, { props: { name: page.name, render: page.render } }).body),
  async: async (page) => {
    const { head, body } = await render(Page, { props: { page } });
    return html(head + body);
  },
});

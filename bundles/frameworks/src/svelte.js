// SPDX-License-Identifier: Apache-2.0
import { render } from 'svelte/server';
import Hello from './Hello.svelte';
import Page from './Page.svelte';
import { html, ways } from './page.js';

export default ways({
  sync: (page) => html(render(Hello, { props: { name: page.name, render: page.render } }).body),
  async: async (page) => {
    const { head, body } = await render(Page, { props: { page } });
    return html(head + body);
  },
});

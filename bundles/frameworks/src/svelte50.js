// SPDX-License-Identifier: Apache-2.0
// Of Svelte 5 before components could await.
import { render } from 'svelte/server';
import Hello from './Hello.svelte';
import { html, ways } from './page.js';

export default ways({
  sync: (page) => html(render(Hello, { props: { name: page.name, render: page.render } }).body),
});

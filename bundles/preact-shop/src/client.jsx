// SPDX-License-Identifier: Apache-2.0
import { hydrate } from 'preact';
import { App } from './app.jsx';

const state = JSON.parse(document.getElementById('ssr-state').textContent);
hydrate(<App state={state} />, document.getElementById('app'));

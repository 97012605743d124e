// SPDX-License-Identifier: Apache-2.0
import { hydrate } from 'svelte';
import Alive from '../alive/Alive.svelte';
import { app, page } from './page.js';

hydrate(Alive, { target: app, props: { page } });

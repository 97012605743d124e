// SPDX-License-Identifier: Apache-2.0
import { hydrate } from 'solid-js/web';
import { Alive } from '../alive/solid.jsx';
import { app, page } from './page.js';

hydrate(() => <Alive page={page} />, app);

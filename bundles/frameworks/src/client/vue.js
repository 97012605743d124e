// SPDX-License-Identifier: Apache-2.0
import { createSSRApp } from 'vue';
import { Alive } from '../alive/vue.js';
import { app, page } from './page.js';

createSSRApp(Alive, { page }).mount(app);

// SPDX-License-Identifier: Apache-2.0
import { createApp } from 'astro/app/entrypoint';

const app = createApp();

export default { fetch: (request) => app.render(request) };

// SPDX-License-Identifier: Apache-2.0
// build/sites.mjs puts the routes of the other SvelteKit beside this.
import { writeFile } from 'node:fs/promises';
import { sveltekit } from '@sveltejs/kit/vite';
import { inputs } from '../../../build/inputs.mjs';

// The adapter leaves what build.mjs makes one file of.
const adapter = {
  name: 'one-file',
  async adapt(builder) {
    builder.writeServer('.out');
    builder.generateServerInstance('.out/server.js', { serverDirectory: '.out' });
    await writeFile('.out/entry.js', `
import { server } from './server.js';
let ready;
export default {
  async fetch(request) {
    await (ready ??= server.init({ env: {} }));
    return server.respond(request, { getClientAddress: () => '127.0.0.1' });
  },
};
`);
  },
};

export default { plugins: [sveltekit({ adapter, outDir: '.kit', version: { name: '1' } }), inputs()], logLevel: 'warn' };

// SPDX-License-Identifier: Apache-2.0
// The adapter leaves what build.mjs makes one file of.
import { writeFile } from 'node:fs/promises';

const adapter = {
  name: 'one-file',
  async adapt(builder) {
    builder.writeServer('.out');
    builder.writeClient('.out/client');
    await writeFile('.out/entry.js', `
import { Server } from './index.js';
const server = new Server(${builder.generateManifest({ relativePath: './' })});
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

export default { kit: { adapter, outDir: '.kit', version: { name: '1' } } };

// SPDX-License-Identifier: Apache-2.0
// The peer of bench/await: the same bundle behind node:http, 2 cluster workers.
'use strict';
const cluster = require('node:cluster');
const http = require('node:http');
const { pathToFileURL } = require('node:url');

const [bundle, port] = process.argv.slice(2);

if (cluster.isPrimary) {
    cluster.fork();
    cluster.fork();
    process.on('SIGTERM', () => {
        for (const worker of Object.values(cluster.workers)) worker.kill();
        process.exit(0);
    });
} else {
    import(pathToFileURL(bundle)).then(({ default: site }) => {
        const server = http.createServer(async (request, response) => {
            const answer = await site.fetch(new Request(`http://127.0.0.1${request.url}`), process.env);
            const body = Buffer.from(await answer.arrayBuffer());
            response.writeHead(answer.status, { ...Object.fromEntries(answer.headers), 'content-length': body.length });
            response.end(body);
        });
        server.keepAliveTimeout = 60000;
        server.listen(Number(port), '127.0.0.1');
    });
}

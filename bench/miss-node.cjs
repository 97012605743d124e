// SPDX-License-Identifier: Apache-2.0
// The peer of bench/miss: the same bundle behind node:http, 2 cluster workers.
'use strict';
const cluster = require('node:cluster');
const http = require('node:http');
const fs = require('node:fs');
const vm = require('node:vm');

const [bundle, port] = process.argv.slice(2);

if (cluster.isPrimary) {
    cluster.fork();
    cluster.fork();
    process.on('SIGTERM', () => {
        for (const worker of Object.values(cluster.workers)) worker.kill();
        process.exit(0);
    });
} else {
    vm.runInThisContext(fs.readFileSync(bundle, 'utf8'), { filename: bundle });
    const server = http.createServer((request, response) => {
        const answer = globalThis.renderPage(request.url);
        const page = typeof answer === 'string' ? { html: answer } : answer;
        const body = Buffer.from(page.html ?? '');
        response.writeHead(page.status ?? 200, {
            'content-type': 'text/html; charset=utf-8',
            'content-length': body.length,
        });
        response.end(body);
    });
    server.keepAliveTimeout = 60000;
    server.listen(Number(port), '127.0.0.1');
}

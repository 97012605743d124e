// SPDX-License-Identifier: Apache-2.0
// A peer of bench/hit: node:http with 2 cluster workers and a Map as LRU cache
// of pages that are compressed already.
'use strict';
const cluster = require('node:cluster');
const http = require('node:http');
const fs = require('node:fs');

const [file, port] = process.argv.slice(2);
const MOST = 1000;
const cache = new Map();

// What it would render and compress.
function make(coding) {
    const body = fs.readFileSync(coding === 'br' ? `${file}.br` : file);
    const headers = { 'content-type': 'text/html; charset=utf-8', 'content-length': body.length, vary: 'Accept-Encoding' };
    if (coding === 'br') headers['content-encoding'] = 'br';
    return { body, headers: { ...headers, 'x-cache': 'MISS' }, hit: { ...headers, 'x-cache': 'HIT' } };
}

function look(key, coding) {
    let page = cache.get(key);
    if (page === undefined) {
        page = make(coding);
        cache.set(key, page);
        if (cache.size > MOST) cache.delete(cache.keys().next().value);
        return [page.headers, page.body];
    }
    cache.delete(key); // the youngest is the last
    cache.set(key, page);
    return [page.hit, page.body];
}

if (cluster.isPrimary) {
    cluster.fork();
    cluster.fork();
    process.on('SIGTERM', () => {
        for (const worker of Object.values(cluster.workers)) worker.kill();
        process.exit(0);
    });
} else {
    const server = http.createServer((request, response) => {
        const coding = /\bbr\b/.test(request.headers['accept-encoding']) ? 'br' : '';
        const [headers, body] = look(`${request.headers.host} ${request.url} ${coding}`, coding);
        response.writeHead(200, headers);
        response.end(body);
    });
    server.keepAliveTimeout = 60000;
    server.listen(Number(port), '127.0.0.1');
}

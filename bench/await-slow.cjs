// SPDX-License-Identifier: Apache-2.0
// The service of bench/await: answers after so many milliseconds.
'use strict';
const http = require('node:http');

const [port, ms] = process.argv.slice(2).map(Number);
const body = JSON.stringify({ items: Array.from({ length: 50 }, (_, i) => `item ${i}`) });
const server = http.createServer((request, response) => setTimeout(() => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
}, ms));
server.keepAliveTimeout = 60000;
server.listen(port, '127.0.0.1');

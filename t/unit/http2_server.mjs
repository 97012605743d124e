// SPDX-License-Identifier: Apache-2.0
//
// http2_server.mjs KEY CERTIFICATE: HTTP/2 and HTTP/1.1 over TLS on 127.0.0.1
// for t/unit/test_fetch_http2.c.  Prints its port, ends when its input does.
//
//   /hello   "hello\n"    /big?BYTES  so many    /echo  the request's body
//   /wait    no answer    /to?URL     a redirect there
// Each answer has x-version and x-connection (which one of the server's).
import { createSecureServer } from 'node:http2';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';

const [, , key, cert] = process.argv;
const connections = new Map();

function numberOf(request) {
    const socket = request.stream?.session ?? request.socket;
    if (!connections.has(socket)) {
        connections.set(socket, connections.size + 1);
    }
    return connections.get(socket);
}

// as they are taken: node refuses new streams when it buffers much
function* pieces(left) {
    for (; left > 0; left -= 16384) {
        yield Buffer.alloc(Math.min(left, 16384));
    }
}

const server = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert), allowHTTP1: true });
server.on('request', (request, response) => {
    const [path, argument] = request.url.split('?');
    response.setHeader('x-version', request.httpVersion);
    response.setHeader('x-connection', String(numberOf(request)));
    if (path === '/wait') {
        return;
    }
    if (path === '/to') {
        response.writeHead(302, { location: argument });
        response.end();
    } else if (path === '/big') {
        Readable.from(pieces(Number(argument))).pipe(response);
    } else if (path === '/echo') {
        request.pipe(response);
    } else {
        response.end('hello\n');
    }
});
server.on('sessionError', () => {});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();

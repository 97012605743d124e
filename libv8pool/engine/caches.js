R"js(// SPDX-License-Identifier: Apache-2.0
//
// caches.js: caches.default, over the store that ctx.cache.fragment() uses: what
// is put has the lifetime and the tags that its header fields say.
(natives) => {
    'use strict';
    const { call, current } = natives;
    const OWN_TAG = 'caches.default ';
    const SEPARATOR = /\s*,\s*/;

    const host = (name, ...texts) => call(current(), name, ...texts);

    const toRequest = (input) =>
        input instanceof Request ? input : new Request(new URL(String(input), natives.baseUrl()));

    const keyOf = (request) => `caches.default ${request.url.split('#')[0]}`;

    // Commas separate tags.
    const ownTag = (request) => OWN_TAG + encodeURI(request.url.split('#')[0]).replaceAll(',', '%2C').slice(0, 230);

    // What it says of shared caches: seconds; '' where it says nothing;
    // undefined: not to be stored.
    const lifeOf = (headers) => {
        const says = new Map((headers.get('cache-control') ?? '').toLowerCase().split(SEPARATOR)
            .map((item) => item.split('=')));
        if (says.has('no-store') || says.has('private') || says.has('no-cache') || headers.has('set-cookie')) {
            return undefined;
        }
        const seconds = says.get('s-maxage') ?? says.get('max-age');
        return seconds === undefined ? '' : String(Math.max(0, Math.trunc(Number(seconds)) || 0));
    };

    const tagsOf = (headers) =>
        (headers.get('cache-tag') ?? '').split(SEPARATOR).filter((tag) => /^[\x20-\x7e\x80-\uffff]{1,256}$/.test(tag));

    // Text as it is, other bytes in base64.
    const pack = (bytes) => {
        try {
            return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
        } catch {
            let binary = '';
            for (const byte of bytes) {
                binary += String.fromCharCode(byte);
            }
            return { base64: btoa(binary) };
        }
    };

    const unpack = ({ text, base64 }) =>
        text ?? Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

    const refuse = (message) => {
        throw new TypeError(`caches.default.put: ${message}`);
    };

    class Cache {
        async match(input, options) {
            const request = toRequest(input);
            if (request.method !== 'GET' && !options?.ignoreMethod) {
                return undefined;
            }
            const found = host('fragment.get', keyOf(request));
            if (found === undefined || found[0] !== 'f') {
                return undefined;
            }
            const { status, statusText, headers, body } = JSON.parse(found.slice(1));
            return new Response(status === 204 || status === 304 ? null : unpack(body), { status, statusText, headers });
        }

        async put(input, response) {
            const request = toRequest(input);
            if (request.method !== 'GET') refuse('a GET request was expected');
            if (response.status === 206) refuse('a whole response was expected, not a part (206)');
            if (response.headers.get('vary')?.includes('*')) refuse('a response that does not vary by everything (Vary: *) was expected');
            const found = host('fragment.get', keyOf(request)) ?? 'm';
            const began = found[0] === 'm' ? found.slice(1) : String(Date.now() * 1000);
            const bytes = new Uint8Array(await response.arrayBuffer());
            const life = lifeOf(response.headers);
            if (life === undefined || began === '') {
                return;
            }
            const { status, statusText } = response;
            const packed = JSON.stringify({ status, statusText, headers: [...response.headers], body: pack(bytes) });
            host('fragment.put', keyOf(request), began, life, '', packed, ownTag(request), ...tagsOf(response.headers));
        }

        async delete(input) {
            const request = toRequest(input);
            const found = host('fragment.get', keyOf(request));
            host('cache.invalidate', '', 't' + ownTag(request));
            return found !== undefined && found[0] === 'f';
        }
    }

    const caches = Object.freeze({ default: new Cache() });
    Object.defineProperty(globalThis, 'caches', { value: caches, writable: true, configurable: true });
}
)js"

R"js(// SPDX-License-Identifier: Apache-2.0
//
// ctx.js: a function of the natives, of which call(id, name, ...texts) reaches the
// render that goes by id; it gives the function that makes the ctx of one.
(natives) => {
    'use strict';
    const { call: host, keep, signal } = natives;
    const YEAR = 31536000;

    const seconds = (where, value) => {
        if (typeof value !== 'number' || !(value >= 0 && value <= YEAR)) {
            throw new TypeError(`${where}: seconds from 0 to ${YEAR} were expected`);
        }
        return String(Math.floor(value));
    };

    const texts = (where, value, pattern, what) => {
        const list = Array.isArray(value) ? value : [value];
        for (const text of list) {
            if (typeof text !== 'string' || !pattern.test(text)) {
                throw new TypeError(`${where}: ${what} was expected, or an array of these`);
            }
        }
        return list;
    };

    const tagList = (where, tags) =>
        tags === undefined ? [] :
        texts(where, tags, /^(?! )[\x20-\x2b\x2d-\x7e\x80-\uffff]{1,256}(?<! )$/,
              'a tag without comma');

    const optionsOf = (where, options, names) => {
        if (options === null || typeof options !== 'object') {
            throw new TypeError(`${where}: an object was expected`);
        }
        for (const name of Object.keys(options)) {
            if (!names.includes(name)) {
                throw new TypeError(`${where}: ${names.join(', ')} were expected, not ${name}`);
            }
        }
        return options;
    };

    // "st…": s = as it is, p = as a promise; t = text, j = JSON.
    const unpack = (packed) => {
        const value = packed[1] === 'j' ? JSON.parse(packed.slice(2)) : packed.slice(2);
        return packed[0] === 'p' ? Promise.resolve(value) : value;
    };

    const pack = (kind, value) => {
        const json = typeof value === 'string' ? undefined : JSON.stringify(value);
        if (json === undefined && typeof value !== 'string') {
            throw new TypeError('ctx.cache.fragment: the function gave a value that cannot be stored: ' +
                                'a string, or what JSON can hold, was expected');
        }
        return kind + (json === undefined ? 't' + value : 'j' + json);
    };

    class Cache {
        #id;
        #said = {};
        #tags = new Set();

        constructor(id) {
            this.#id = id;
        }

        #field(name, value) {
            host(this.#id, 'field', name, value);
        }

        #addTags(tags) {
            for (const tag of tags) {
                this.#tags.add(tag);
            }
            if (tags.length > 0) {
                this.#field('cache-tag', [...this.#tags].join(','));
            }
        }

        #setLife() {
            const { maxAge, swr, staleIfError, isPrivate } = this.#said;
            const list = isPrivate ? ['private'] : [];
            if (maxAge !== undefined) list.push('max-age=' + maxAge);
            if (swr !== undefined) list.push('stale-while-revalidate=' + swr);
            if (staleIfError !== undefined) list.push('stale-if-error=' + staleIfError);
            if (list.length > 0) this.#field('cdn-cache-control', list.join(', '));
            if (isPrivate) this.#field('cache-control', 'private');
        }

        set(options) {
            const where = 'ctx.cache.set';
            const all = ['maxAge', 'swr', 'staleIfError', 'tags', 'vary', 'private'];
            const o = optionsOf(where, options, all);
            for (const name of ['maxAge', 'swr', 'staleIfError']) {
                if (o[name] !== undefined) {
                    this.#said[name] = seconds(`${where}: ${name}`, o[name]);
                }
            }
            if (o.private !== undefined) {
                this.#said.isPrivate = Boolean(o.private);
            }
            this.#addTags(tagList(`${where}: tags`, o.tags));
            if (o.vary !== undefined) {
                const names = texts(`${where}: vary`, o.vary, /^[!#$%&'*+.^_`|~\w-]+$/,
                                    'a header\'s name');
                this.#field('vary', names.join(', '));
            }
            this.#setLife();
        }

        invalidate(options) {
            const where = 'ctx.cache.invalidate';
            const o = optionsOf(where, options, ['tags', 'path', 'soft']);
            const tags = tagList(`${where}: tags`, o.tags);
            const paths = o.path === undefined ? [] :
                texts(`${where}: path`, o.path, /^\//, 'a path that begins with /');
            if (tags.length + paths.length === 0) {
                throw new TypeError(`${where}: tags or path was expected`);
            }
            host(this.#id, 'cache.invalidate', o.soft ? '1' : '',
                 ...tags.map((tag) => 't' + tag), ...paths.map((path) => 'p' + path));
        }

        fragment(key, options, fn) {
            const where = 'ctx.cache.fragment';
            if (typeof key !== 'string' || key === '') {
                throw new TypeError(`${where}: key: a string was expected`);
            }
            if (typeof fn !== 'function') {
                throw new TypeError(`${where}: a function was expected after key and options`);
            }
            const o = optionsOf(where, options, ['maxAge', 'staleIfError', 'tags']);
            const tags = tagList(`${where}: tags`, o.tags);
            const lives = ['maxAge', 'staleIfError'].map((name) =>
                o[name] === undefined ? '' : seconds(`${where}: ${name}`, o[name]));

            this.#addTags(tags); // the page goes when its fragment does
            const found = host(this.#id, 'fragment.get', key);
            if (found !== undefined && found[0] === 'f') {
                return unpack(found.slice(1));
            }
            return this.#make(found ?? 'm', fn, (kind, value, began) => {
                host(this.#id, 'fragment.put', key, began, ...lives, pack(kind, value), ...tags);
                return value;
            });
        }

        // found: "mBEGAN" or "eBEGAN STALE", to be used when fn fails.
        #make(found, fn, keep) {
            const end = found[0] === 'e' ? found.indexOf(' ') : found.length;
            const began = found.slice(1, end);
            const orStale = (error) => {
                if (found[0] !== 'e') {
                    throw error;
                }
                return unpack(found.slice(end + 1));
            };
            let value;
            try {
                value = fn();
            } catch (error) {
                return orStale(error);
            }
            return typeof value?.then === 'function'
                ? Promise.resolve(value).then((v) => keep('p', v, began), orStale)
                : keep('s', value, began);
        }
    }

    class Ctx {
        #id;
        #cache;

        constructor(id, request, env, bundle) {
            this.#id = id;
            this.request = request;
            this.env = env;
            this.bundle = bundle;
        }

        get cache() {
            return this.#cache ??= new Cache(this.#id);
        }

        get signal() {
            return signal(this.#id);
        }

        get nonce() {
            return host(this.#id, 'nonce');
        }

        // The render's timers and fetches go on until it is settled.
        waitUntil(promise) {
            const id = this.#id;
            const end = () => keep(id, -1);
            keep(id, 1);
            Promise.resolve(promise).then(end, (error) => {
                end();
                throw error; // logged as one that nobody handles
            });
        }
    }

    return (id, request, env, bundle) => new Ctx(id, request, env, bundle);
}
)js"

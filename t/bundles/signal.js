// SPDX-License-Identifier: Apache-2.0
//
// What a render is told when its client goes or its time is up, as console lines: "NAME: ...".
let counted = 0;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const told = (name, signal) => signal.addEventListener('abort', () => console.log(`${name}: ${signal.reason.name}`));

const pages = {
  // as a page would: a fetch that ends with its request
  async fetch(request, name, to) {
    told(name, request.signal);
    try {
      return new Response(await (await fetch(to, { signal: request.signal })).text());
    } catch (error) {
      console.log(`${name}: caught ${error.name}, ${error === request.signal.reason}`);
      return new Response('too late');
    }
  },
  async clone(request, name) {
    told(name, new Request(request.clone()).signal);
    await sleep(1e6);
  },
  stream(request, name) {
    return new Response(new ReadableStream({
      start: (controller) => { controller.enqueue('shell'); setTimeout(() => 0, 1e6); },
      cancel: (reason) => console.log(`${name}: cancelled, ${reason?.name}`),
    }));
  },
  async spin(request) {
    request.signal.addEventListener('abort', () => { for (;;); });
    await sleep(1e6);
  },
  async until(request, name, to, ctx) {
    ctx.waitUntil(sleep(100).then(() => fetch('/plain/kept')).then((answer) => answer.text())
      .then((text) => console.log(`${name}: ${text}`)));
    await sleep(1e6);
  },
  // on V8's stack most of the time
  async busy(request, name) {
    told(name, request.signal);
    console.log(`${name}: busy`);
    for (;;) {
      const from = performance.now();
      while (performance.now() < from + 5);
      await sleep(0);
    }
  },
  count: () => new Response(`${counted += 1}`),
  plain: () => new Response('plain'),
};

export default {
  fetch(request, env, ctx) {
    const url = new URL(request.url);
    const [, page, name] = url.pathname.split('/');
    console.log(`${name}: begins`);
    return (pages[page] ?? pages.plain)(request, name, url.searchParams.get('to'), ctx);
  },
};

// entry=url
export const url = async (path, ctx) => {
  if (path === '/') return 'plain'; // the render that an image is made with
  told(path.slice(1), ctx.signal);
  console.log(`${path.slice(1)}: begins`);
  await sleep(1e6);
};

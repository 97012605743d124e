// SPDX-License-Identifier: Apache-2.0
//
// What can be done with the body of a request that comes while it is rendered.  Paths are /NAME/ID; console lines
// begin with the ID.
const gates = new Map();
const gate = (name) => {
  if (!gates.has(name)) {
    let open;
    const opened = new Promise((resolve) => { open = resolve; });
    gates.set(name, { open, opened });
  }
  return gates.get(name);
};

// Another render opens it: a timer says that this one is not hung.
const pass = async (name) => {
  const timer = setTimeout(() => 0, 1e8);
  await gate(name).opened;
  clearTimeout(timer);
};

// Bytes and a checksum, without keeping any of it.
const sum = async (body, first = () => 0) => {
  let a = 1, b = 0, bytes = 0;
  for await (const piece of body) {
    if (bytes === 0) await first();
    for (let i = 0; i < piece.length; i++) {
      a = (a + piece[i]) % 65521;
      b = (b + a) % 65521;
    }
    bytes += piece.length;
  }
  return `${bytes} ${b * 65536 + a}`;
};

const pages = {
  open: (request, id) => { gate(id).open(); return 'open'; },
  echo: (request) => new Response(request.body, { headers: { 'X-Accel-Buffering': 'no' } }),
  sum: (request) => sum(request.body),
  gated: (request, id) => sum(request.body, () => { console.log(`${id}: begins`); return pass(id); }),
  text: async (request) => `${(await request.text()).length} ${request.bodyUsed}`,
  json: async (request) => String((await request.json()).list.length),
  form: async (request) => [...await request.formData()].map(([k, v]) => `${k}=${v.size ?? v.length}`).join(' '),
  clone: async (request) => {
    const other = request.clone();
    const all = await Promise.all([request.text(), other.arrayBuffer()]);
    return `${all[0].length} ${all[1].byteLength}`;
  },
  byob: async (request) => {
    const reader = request.body.getReader({ mode: 'byob' });
    let bytes = 0, most = 0;
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(1000));
      if (done) return `${bytes} ${most}`;
      bytes += value.length;
      most = Math.max(most, value.length);
    }
  },
  kind: (request, id, ctx) => {
    let text;
    try { text = ctx.request.body; } catch (error) { text = error.message.replace(/:.*/s, ''); }
    return JSON.stringify([request.body?.constructor.name ?? null, text]);
  },
  ignore: () => 'ignored',
  first: async (request) => `${(await request.body.getReader().read()).value.length > 0}`,
  cancel: async (request) => { await request.body.cancel('no'); return 'cancelled'; },
  // nothing that could settle it, though the client may send on
  stuck: () => new Promise(() => {}),
  late: (request, id, ctx) => {
    ctx.waitUntil(request.text().then((text) => console.log(`${id}: read ${text.length}`),
      (error) => console.log(`${id}: ${error.name} ${error.code}`)));
    return 'at once';
  },
  // what comes of a body that breaks off
  async watch(request, id) {
    request.signal.addEventListener('abort', () => console.log(`${id}: signal ${request.signal.reason.name}`));
    try {
      for await (const piece of request.body) console.log(`${id}: piece`);
      console.log(`${id}: whole`);
    } catch (error) {
      console.log(`${id}: caught ${error.code} ${error === request.signal.reason}`);
    }
    return 'an answer';
  },
  throws: async (request) => (await request.text()).length,
  // its head is out when the body breaks off
  head: (request) => new Response(new ReadableStream({
    async start(controller) {
      controller.enqueue('begun ');
      for await (const piece of request.body) controller.enqueue(`${piece.length} `);
      controller.close();
    },
  }), { headers: { 'X-Accel-Buffering': 'no' } }),
  error: () => 'the page of an error',
};

export default {
  async fetch(request, env, ctx) {
    const [, page, id] = new URL(request.url).pathname.split('/');
    const answer = await (pages[page] ?? (() => 'plain'))(request, id, ctx);
    return answer instanceof Response ? answer : new Response(answer);
  },
};

// SPDX-License-Identifier: Apache-2.0
// /loop and /turns use a processor, in one turn and in many, for ever; /wait waits for /go; /burn?ms=N; /flood; /buffers?mib=N.
let went = false;
const burn = (ms) => {
  const until = Date.now() + ms;
  while (Date.now() < until);
};
const turns = () => new Promise(() => {
  const turn = () => {
    burn(5);
    setTimeout(turn, 0);
  };
  turn();
});
globalThis.renderPage = (url) => {
  const [path, query] = url.split('?');
  const n = Number(/=(\d+)/.exec(query)?.[1] ?? 0);
  switch (path.split('/').pop()) {
    case 'loop':
      console.info(`loops ${url}`);
      for (;;);
    case 'turns':
      return turns();
    case 'wait':
      console.info('waits');
      return new Promise((resolve) => {
        const look = () => (went ? resolve('<p>waited</p>') : setTimeout(look, 50));
        look();
      });
    case 'go':
      went = true;
      return '<p>go</p>';
    case 'burn':
      burn(n);
      return '<p>burnt</p>';
    case 'flood':
      for (let i = 0; i < 1000; i++) console.info('x'.repeat(n), i);
      return '<p>flooded</p>';
    case 'buffers':
      return `<p>${new Uint8Array(n << 20).fill(1).length >> 20} MiB</p>`;
    default:
      return `<p>${url}</p>`;
  }
};

// SPDX-License-Identifier: Apache-2.0
// What is slow for the bundles of bundles/frameworks: /gate/wait/NAME answers when /gate/open/NAME was asked for, /gate/wait/
// at once.
const gates = new Map();

const gate = (name) => {
  if (!gates.has(name)) {
    const made = {};
    made.promise = new Promise((resolve) => { made.open = resolve; });
    gates.set(name, made);
  }
  return gates.get(name);
};

globalThis.renderPage = async (url) => {
  const [, , what, name] = url.split('/');
  if (what === 'open') {
    gate(name).open();
    return 'open';
  }
  // A timer is pending meanwhile: what another render will do is nothing to wait for.
  const timer = setInterval(() => {}, 1000);
  if (name) await gate(name).promise;
  clearInterval(timer);
  return { body: 'news: 1 < 2 & "so on"', headers: { 'Content-Type': 'text/plain; charset=utf-8' } };
};

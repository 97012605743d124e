// SPDX-License-Identifier: Apache-2.0
// The page of bench/await: a list made of what a slow service answers.
export default {
  async fetch(request, env) {
    const answer = await fetch(env.SLOW);
    const { items } = await answer.json();
    const rows = items.map((item) => `<li>${item}</li>`).join('');
    return new Response(`<!doctype html><ul>${rows}</ul>`, { headers: { 'Content-Type': 'text/html; charset=utf-8' } });
  },
};

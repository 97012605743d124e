// SPDX-License-Identifier: Apache-2.0
// node frameworks.mjs http://127.0.0.1:PORT
// Do the pages of bundles/frameworks, as this server renders them, come alive in a browser without being rendered again?

import assert from 'node:assert/strict';
import { launch, openPage } from './browser.mjs';
import { recordMain } from './main.mjs';
import { run, test } from './tap.mjs';

const base = process.argv[2]?.replace(/\/$/, '');
if (!base) {
  console.error('usage: node frameworks.mjs http://127.0.0.1:PORT');
  process.exit(2);
}

const DEADLINE = { timeout: 60_000 };
const NAME = '<i>"Ann"&';
const NEWS = 'news: 1 < 2 & "so on"';
const GONE = 'heading: "", not "Hello';

// `missing`: what tells of a heading that the server left out; Solid's production build says nothing itself.  `early`: what
// comes before the news is alive before them.  `text`: what tells of another text, which Svelte mends without a word.
const SITES = [
  { name: 'React', path: '/react-edge/alive', missing: 'React error #418', early: true },
  { name: 'Vue', path: '/vue/alive', missing: 'Hydration completed but contains mismatches' },
  { name: 'Svelte', path: '/svelte/alive', missing: 'Failed to hydrate', text: 'characterData  in <h1>' },
  { name: 'Solid', path: '/solid/alive', missing: GONE },
  { name: 'Solid 1.8', path: '/solid18/alive', missing: GONE },
  { name: 'SvelteKit', path: '/sveltekit/app', missing: 'Failed to hydrate', early: true },
  { name: 'Astro', path: '/astro/alive', missing: 'Failed to hydrate', early: true },
];

const address = (path, gate = '') => `${base}${path}?name=${encodeURIComponent(NAME)}&gate=${gate}`;

// Which render of its context the server says it was.
const renderOf = (html) => Number(html.replace(/<!--.*?-->/g, '').match(/, (\d+)<\/h1>/)?.[1]);

async function until(what, isSo) {
  for (const end = Date.now() + DEADLINE.timeout; !await isSo();) {
    assert.ok(Date.now() < end, `${what}: not within ${DEADLINE.timeout} ms`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

const isHydrated = (page) => page.evaluate(() => document.getElementById('app')?.dataset.hydrated === 'true');
const textOf = (page, selector) => page.evaluate((name) => document.querySelector(name)?.textContent ?? '', selector);

// All that is wrong with a page: what it said, what was done to <main>, and what it shows.
async function problemsOf({ page, troubles }, render) {
  const problems = [...troubles, ...await page.evaluate(() => globalThis.mainMutations)];
  for (const [what, selector, expected] of [
    ['heading', 'main h1', `Hello ${NAME}, ${render}`], ['button', 'main button', 'more'], ['news', 'main #news', NEWS]]) {
    const text = await textOf(page, selector);
    if (text !== expected) problems.push(`${what}: ${JSON.stringify(text)}, not ${JSON.stringify(expected).replaceAll('\\"', '"')}`);
  }
  return problems;
}

async function hydrates(opened, { path }) {
  const { page } = opened;
  const response = await page.goto(address(path), DEADLINE);
  assert.equal(response.status(), 200);
  const html = await response.text();
  const render = renderOf(html);
  assert.match(html, /news: 1 (?:&lt;|\\u003C) 2/, 'the news in the HTML as sent');
  await until('hydrated, with its news', async () => await isHydrated(page) && await textOf(page, '#news') === NEWS);
  assert.deepEqual(await problemsOf(opened, render), []);

  // The click changes the heading, and nothing else.
  await page.locator('#more').click(DEADLINE);
  await until('clicked', async () => await textOf(page, 'h1') === `Hello ${NAME}, ${render + 1}`);
  const problems = await problemsOf(opened, render + 1);
  assert.deepEqual(problems.filter((line) => !/^(?:characterData|childList) {2}in <h1> /.test(line)), []);
  assert.notEqual(problems.length, 0, 'the change is seen by what looks for changes');
}

// The detector itself: a page that the server would have rendered otherwise.
async function isNoticed(opened, { path }, tamper, expected) {
  const { page } = opened;
  let render;
  await page.route(`**${path}?*`, async (route) => {
    const response = await route.fetch();
    const html = await response.text();
    render = renderOf(html);
    assert.notEqual(tamper(html), html);
    await route.fulfill({ response, body: tamper(html) });
  });
  await page.goto(address(path), DEADLINE);
  await until('hydrated, or given up', async () => opened.troubles.length > 0 || await isHydrated(page));
  let problems = [];
  await until(`a problem with ${expected}`, async () => {
    problems = await problemsOf(opened, render);
    return problems.some((line) => line.includes(expected));
  }).catch((error) => assert.fail(`${error.message}, but\n${problems.join('\n')}`));
}

// What comes before the news is alive while they are awaited.
async function isAliveEarly({ page, troubles }, { path }, gate) {
  await page.goto(address(path, gate), { ...DEADLINE, waitUntil: 'commit' });
  const heading = () => textOf(page, 'h1');
  await until('a heading', async () => await heading() !== '');
  const first = await heading();
  await until('clicked', async () => {
    await page.evaluate(() => document.getElementById('more')?.click());
    return await heading() !== first;
  });
  assert.equal(await textOf(page, '#news'), '');
  await fetch(`${base}/gate/open/${gate}`);
  await until('the news', async () => await textOf(page, '#news') === NEWS);
  assert.notEqual(await heading(), first, 'the click is not forgotten');
  assert.deepEqual(troubles, []);
}

const browser = await launch();
try {
  let opened;
  const onPage = (name, body) => test(name, async () => {
    opened.troubles.length = 0;
    await opened.page.unrouteAll();
    await body();
  });
  for (const [index, site] of SITES.entries()) {
    const { name, missing, text, early } = site;
    test(`${name}: hydrates, changes nothing, says nothing; a click changes the heading`, async () => {
      await opened?.close();
      opened = await openPage(browser, recordMain);
      await hydrates(opened, site);
    });
    if (early) onPage(`${name}: alive before its news`, () => isAliveEarly(opened, site, `early${index}`));
    onPage(`${name}: a heading that is missing is noticed`,
      () => isNoticed(opened, site, (html) => html.replace(/<h1.*?<\/h1>/s, ''), missing));
    if (text) onPage(`${name}: a text that is another is noticed`,
      () => isNoticed(opened, site, (html) => html.replace('>Hello ', '>Hullo '), text));
  }
  await run();
} finally {
  await browser.close();
}

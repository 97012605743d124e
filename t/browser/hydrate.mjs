// SPDX-License-Identifier: Apache-2.0
// node hydrate.mjs http://127.0.0.1:PORT
// Does the shop (bundles/preact-shop), as this server renders it, come alive in a browser without being rendered again?

import assert from 'node:assert/strict';
import { launch, openPage } from './browser.mjs';
import { run, test } from './tap.mjs';

const base = process.argv[2]?.replace(/\/$/, '');
if (!base) {
  console.error('usage: node hydrate.mjs http://127.0.0.1:PORT');
  process.exit(2);
}

const DEADLINE = { timeout: 20_000 };
const REVIEWED = '/product/7'; // two of its reviews hold a script element

const open = async (page, path) => {
  const response = await page.goto(base + path, DEADLINE);
  await page.waitForSelector('#app[data-hydrated=true]', { ...DEADLINE, state: 'attached' });
  return response;
};
const cartCount = (page, count) => page.waitForFunction(
  (expected) => document.querySelector('[data-testid=cart-count]').textContent === expected, String(count), DEADLINE);
const stockShown = (page) => page.waitForFunction(
  () => /\d+ in stock|Sold out/.test(document.querySelector('[data-testid=stock]').textContent), null, DEADLINE);
const mutationsOutside = (page, owners) => page.evaluate(
  (names) => globalThis.appMutations.filter(({ owner }) => !names.includes(owner)).map(({ text }) => text), owners);

// The server's markup and the hydrated one, both as the browser serializes them; an effect may have filled in `owners`.
const compareMarkup = (page, owners) => page.evaluate(async (names) => {
  const html = await (await fetch(location.href)).text();
  const server = new DOMParser().parseFromString(html, 'text/html');
  const markup = (root) => {
    const app = root.getElementById('app').cloneNode(true);
    for (const name of names) app.querySelector(`[data-testid=${name}]`)?.replaceChildren();
    return app.innerHTML;
  };
  return { server: markup(server), hydrated: markup(document) };
}, owners);

const browser = await launch();
try {
  const shop = await openPage(browser);
  const { page, troubles } = shop;
  const quiet = () => assert.deepEqual(troubles.splice(0), []);

  test('the listing comes as HTML with 48 cards, and hydrates', async () => {
    const response = await open(page, '/');
    assert.equal(response.status(), 200);
    assert.match(response.headers()['content-type'], /^text\/html; ?charset=utf-8$/i);
    assert.equal((await response.text()).split('<article class="card">').length - 1, 48, 'cards in the HTML as sent');
    assert.equal(await page.locator('article.card').count(), 48, 'cards in the page');
  });
  test('hydration changed nothing on the listing', async () => {
    const { server, hydrated } = await compareMarkup(page, []);
    assert.equal(hydrated, server);
    assert.deepEqual(await mutationsOutside(page, []), []);
  });
  test('characters outside Latin-1 arrive', async () => {
    const text = await page.locator('#app').innerText();
    for (const sample of ['€', '★', '„Nebel“', '–', 'Łódź']) assert.ok(text.includes(sample), sample);
  });
  test('the listing caused no error, no warning and no dialog', quiet);

  test('add to cart raises the count', async () => {
    await page.locator('button.add').first().click(DEADLINE);
    await cartCount(page, 1);
    await page.locator('button.add').nth(5).click(DEADLINE);
    await cartCount(page, 2);
  });
  test('the count is still there on a product page', async () => {
    await open(page, REVIEWED);
    await cartCount(page, 2);
  });
  test('a product page shows its stock from /api', async () => {
    await stockShown(page);
    const { stock } = await page.evaluate(async () => (await fetch('/api/stock/7.json')).json());
    assert.match(await page.getByTestId('stock').innerText(), stock > 0 ? new RegExp(`^${stock} in stock`) : /^Sold out/);
  });
  test('hydration changed nothing else on a product page', async () => {
    const effects = ['stock', 'cart-count'];
    const { server, hydrated } = await compareMarkup(page, effects);
    assert.equal(hydrated, server);
    assert.deepEqual(await mutationsOutside(page, effects), []);
  });
  test('scripts in reviews are text', async () => {
    assert.match(await page.getByTestId('reviews').innerText(), /<script>alert\(1\)<\/script>/);
    assert.equal(await page.locator('#app script, #app img[onerror]').count(), 0);
  });
  test('the product page is alive: another picture', async () => {
    await page.getByLabel('In the evening').click(DEADLINE);
    await page.waitForSelector('.stage.view-dusk', DEADLINE);
  });
  test('the product page caused no error, no warning and no dialog', quiet);

  test('a search shows its words as text and hydrates', async () => {
    const words = '"><script>alert(2)</script>&';
    await open(page, `/?q=${encodeURIComponent(words)}`);
    assert.ok((await page.locator('h1').innerText()).includes(words));
    const { server, hydrated } = await compareMarkup(page, ['cart-count']);
    assert.equal(hydrated, server);
    quiet();
  });
  test('the page for what does not exist has status 404 and hydrates', async () => {
    const response = await open(page, '/no/such/page');
    assert.equal(response.status(), 404);
    assert.deepEqual(await mutationsOutside(page, ['cart-count']), []);
    // Chromium itself reports the document's status on the console.
    assert.deepEqual(troubles.splice(0).filter((line) => !line.includes('status of 404')), []);
  });
  test('/home redirects to the listing', async () => {
    await open(page, '/home');
    assert.equal(new URL(page.url()).pathname, '/');
    quiet();
  });

  await run();
} finally {
  await browser.close();
}

// SPDX-License-Identifier: Apache-2.0
// Starts the installed Chromium with a fresh profile, and says what went wrong on a page.

import { chromium } from 'playwright-core';

const args = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args });
}

// Runs in the page before anything else: records what changes below #app once the parser is done with it. Deferred scripts,
// which is where hydration begins, run after "interactive".
function recordMutations() {
  globalThis.appMutations = [];
  const describe = ({ type, target, attributeName, removedNodes, addedNodes }) => {
    const element = target.nodeType === 1 ? target : target.parentElement;
    const owner = element?.closest('[data-testid]')?.dataset.testid ?? '';
    return { owner, text: `${type} ${attributeName ?? ''} in <${element?.localName}> +${addedNodes.length} -${removedNodes.length}` };
  };
  const observer = new MutationObserver((records) => globalThis.appMutations.push(...records.map(describe)));
  document.addEventListener('readystatechange', () => {
    const app = document.getElementById('app');
    if (document.readyState === 'interactive' && app) {
      // Not the attributes of #app itself: the marker of hydration is one.
      for (const child of app.children) observer.observe(child, { subtree: true, childList: true, attributes: true, characterData: true });
      observer.observe(app, { childList: true });
    }
  });
}

// A page in a context of its own (empty storage), with what it did wrong collected in `troubles`.
export async function openPage(browser, record = recordMutations) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const troubles = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) troubles.push(`console.${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => troubles.push(`uncaught: ${error.message}`));
  page.on('requestfailed', (request) => troubles.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  await page.addInitScript(record);
  return { page, troubles, close: () => context.close() };
}

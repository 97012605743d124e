// SPDX-License-Identifier: Apache-2.0
// Writes to the console. Must: 200 "<p>ok</p>"; five lines in the log by level, line breaks and controls escaped.
(() => {
  globalThis.renderPage = (url) => {
    console.debug('debug', 1, -0, 10n, true, undefined, null);
    console.log('log', url, { nested: { list: [1, 2, 3] } }, ['a', 'b']);
    console.info('info %s is %d', 'answer', 42);
    console.warn('warn: two\nlines \u001b[31mred\u001b[0m – „€“');
    console.error(new Error('error object'), Symbol('symbol'), () => {});
    return '<p>ok</p>';
  };
})();

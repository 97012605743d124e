// SPDX-License-Identifier: Apache-2.0
// Answers exactly as many bytes as asked: /…?bytes=1000&unit=x
globalThis.renderPage = (url) => {
  const bytes = Number(/\bbytes=(\d+)/.exec(url)[1]);
  return url.includes('unit=wide') ? 'ä'.repeat(bytes / 2) : 'x'.repeat(bytes);
};

// SPDX-License-Identifier: Apache-2.0
// Each line of a page is the URL it was rendered for; ?size=N: N and three of them.
globalThis.renderPage = (url) => `${url}\n`.repeat(3 + Number(/\bsize=(\d+)/.exec(url)?.[1] ?? 0));

// SPDX-License-Identifier: Apache-2.0
export function Price({ cents }) {
  // Not Intl: its data may differ between the server's V8 and the browser.
  return <span class="price">{`€${(cents / 100).toFixed(2)}`}</span>;
}

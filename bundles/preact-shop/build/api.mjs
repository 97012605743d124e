// SPDX-License-Identifier: Apache-2.0
// The JSON backend, as static files: another virtual host serves them, and mod_proxy stands between.

import { products, summary } from '../src/data/products.js';
import { stockOf } from '../src/data/stock.js';

const toFile = (value) => `${JSON.stringify(value)}\n`;

export function api() {
  const files = new Map([['api/products.json', toFile(products.map(summary))]]);
  for (const { id } of products) files.set(`api/stock/${id}.json`, toFile(stockOf(id)));
  return files;
}

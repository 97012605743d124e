// SPDX-License-Identifier: Apache-2.0
// The JSON backend's content; build.mjs writes it to dist/api. The pages do not hold it: the browser fetches it.

export function stockOf(id) {
  const count = (id * 29) % 41;
  return { id, stock: count, days: count > 0 ? 1 + (id % 4) : 21 };
}

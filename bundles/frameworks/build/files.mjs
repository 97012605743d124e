// SPDX-License-Identifier: Apache-2.0
// The files below a folder, by their path there; none if it does not exist.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

export async function filesBelow(folder, prefix = '') {
  const entries = await readdir(join(folder, prefix), { withFileTypes: true }).catch(() => []);
  const names = await Promise.all(entries.map((entry) => {
    const name = join(prefix, entry.name);
    return entry.isDirectory() ? filesBelow(folder, name) : [name];
  }));
  return names.flat().sort();
}

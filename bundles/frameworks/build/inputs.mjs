// SPDX-License-Identifier: Apache-2.0
// A plugin of Vite that leaves a list of the files that went into a build.

import { mkdir, readFile, writeFile } from 'node:fs/promises';

const LIST = '.out/inputs.json';

export const inputs = () => ({
  name: 'inputs',
  async writeBundle(_, chunks) {
    const modules = Object.values(chunks).flatMap((chunk) => Object.entries(chunk.modules ?? {}))
      .filter(([, { renderedLength }]) => renderedLength > 0).map(([id]) => id);
    const before = JSON.parse(await readFile(LIST, 'utf8').catch(() => '[]'));
    await mkdir('.out', { recursive: true });
    await writeFile(LIST, JSON.stringify([...new Set([...before, ...modules])]));
  },
});

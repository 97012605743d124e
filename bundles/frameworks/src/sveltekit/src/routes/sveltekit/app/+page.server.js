// SPDX-License-Identifier: Apache-2.0
import { read } from '../../../../../page.js';

export function load({ request, cookies }) {
  const { name, render, news } = read(request);
  cookies.set('seen', 'yes', { path: '/' });
  return { name, render, news: news() };
}

// SPDX-License-Identifier: Apache-2.0
// Where the page is, and what the server rendered it with.  Its news are there already: nothing may fetch them again.
export const app = document.getElementById('app');

export const page = {
  ...JSON.parse(document.getElementById('data').textContent),
  news() { throw new Error('the news are fetched again'); },
};

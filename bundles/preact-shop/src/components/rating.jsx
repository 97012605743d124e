// SPDX-License-Identifier: Apache-2.0
// rating is in tenths of a star, so that no float is printed differently anywhere.
export function Rating({ rating, votes }) {
  const full = Math.round(rating / 10);
  const text = `${Math.floor(rating / 10)}.${rating % 10}`;
  return (
    <span class="rating" title={`${text} of 5`}>
      <span class="stars" aria-hidden="true">{'★'.repeat(full) + '☆'.repeat(5 - full)}</span>
      <span class="votes">{votes === undefined ? text : `${text} (${votes})`}</span>
    </span>
  );
}

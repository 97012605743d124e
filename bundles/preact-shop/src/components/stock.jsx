// SPDX-License-Identifier: Apache-2.0
// The one thing of a product page that must be fresh, so it is not in the (cacheable) HTML.

import { useEffect, useState } from 'preact/hooks';

function sentence({ stock, days }) {
  const arrival = days === 1 ? 'tomorrow' : `in ${days} days`;
  return stock > 0 ? `${stock} in stock – with you ${arrival}` : `Sold out – more ${arrival}`;
}

export function Stock({ id }) {
  const [line, setLine] = useState('Checking the shelf …');
  useEffect(() => {
    fetch(`/api/stock/${id}.json`)
      .then((response) => (response.ok ? response.json() : Promise.reject(new Error(response.statusText))))
      .then((answer) => setLine(sentence(answer)), () => setLine('Stock unknown at the moment'));
  }, [id]);
  return <p class="stock" data-testid="stock">{line}</p>;
}

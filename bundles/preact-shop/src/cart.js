// SPDX-License-Identifier: Apache-2.0
// The cart: product id -> quantity. Rendered empty first, on both sides, and filled from localStorage in an effect, so that
// the first render in the browser is the server's.

import { useCallback, useEffect, useState } from 'preact/hooks';

const KEY = 'nordlicht-cart';

function load() {
  try {
    const cart = JSON.parse(localStorage.getItem(KEY));
    return cart !== null && typeof cart === 'object' ? cart : {};
  } catch {
    return {}; // storage is off, or holds something else
  }
}

function save(cart) {
  try {
    localStorage.setItem(KEY, JSON.stringify(cart));
  } catch {
    // storage is off or full: the cart lives as long as the page
  }
}

export function useCart() {
  const [cart, setCart] = useState({});
  useEffect(() => setCart(load()), []);
  const add = useCallback((id) => {
    const stored = load(); // another tab may have added something
    const next = { ...stored, [id]: (stored[id] ?? 0) + 1 };
    save(next);
    setCart(next);
  }, []);
  const count = Object.values(cart).reduce((sum, quantity) => sum + quantity, 0);
  return { count, add };
}

// SPDX-License-Identifier: Apache-2.0
import { Icon } from './icon.jsx';

export function Header({ menu, current, query, count }) {
  return (
    <header class="site-header">
      <a class="skip" href="#main">Skip to content</a>
      <div class="wrap bar">
        <a class="brand" href="/">
          <Icon name="star" />
          <span>Nordlicht</span>
        </a>
        <nav aria-label="Categories">
          {menu.map(({ slug, name }) => (
            <a href={`/category/${slug}`} aria-current={slug === current ? 'page' : undefined}>{name}</a>
          ))}
        </nav>
        <form class="search" action="/" role="search">
          <input type="search" name="q" placeholder="Search …" aria-label="Search products" defaultValue={query || undefined} />
          <button type="submit" aria-label="Search"><Icon name="search" /></button>
        </form>
        <div class="cart" aria-live="polite">
          <Icon name="cart" />
          <span class="cart-label">Cart</span>
          <span class="cart-count" data-testid="cart-count">{String(count)}</span>
        </div>
      </div>
    </header>
  );
}

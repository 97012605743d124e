// SPDX-License-Identifier: Apache-2.0
export function Footer({ menu }) {
  return (
    <footer class="site-footer">
      <div class="wrap">
        <p class="brand-line">Nordlicht – „gute Dinge für jeden Tag“</p>
        <ul>
          {menu.map(({ slug, name }) => <li><a href={`/category/${slug}`}>{name}</a></li>)}
          <li><a href="/about">About us</a></li>
        </ul>
        <p class="small">Prices in € including VAT. This shop is a demonstration: nothing here can be bought.</p>
      </div>
    </footer>
  );
}

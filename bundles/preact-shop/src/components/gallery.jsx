// SPDX-License-Identifier: Apache-2.0
import { useState } from 'preact/hooks';

// One drawing per kind: the views differ by style only.
const views = [
  ['front', 'Front'],
  ['close', 'Detail'],
  ['mirror', 'From the other side'],
  ['dusk', 'In the evening'],
];

export function Gallery({ product }) {
  const [shown, show] = useState('front');
  return (
    <section class="gallery" aria-label="Pictures">
      <div class={`stage view-${shown}`}>
        <img src={product.image} alt={product.name} width="800" height="600" />
        {product.badge ? <span class="badge">{product.badge}</span> : null}
      </div>
      <div class="thumbs">
        {views.map(([view, label]) => (
          <button type="button" class={`thumb view-${view}`} aria-label={label} aria-pressed={view === shown} onClick={() => show(view)}>
            <img src={product.image} alt="" width="160" height="120" />
          </button>
        ))}
      </div>
    </section>
  );
}

// SPDX-License-Identifier: Apache-2.0
import { AddButton } from './add-button.jsx';
import { Price } from './price.jsx';
import { Rating } from './rating.jsx';

// No badge must be null: an empty string would be an empty text node, which HTML cannot hold and hydration would have to add.
export function Card({ product, onAdd }) {
  const href = `/product/${product.id}`;
  return (
    <article class="card">
      <a class="picture" href={href} tabIndex={-1}>
        <img src={product.image} alt="" width="400" height="300" loading="lazy" />
        {product.badge ? <span class="badge">{product.badge}</span> : null}
      </a>
      <h3><a href={href}>{product.name}</a></h3>
      <Rating rating={product.rating} votes={product.votes} />
      <p>{product.description}</p>
      <div class="buy">
        <Price cents={product.cents} />
        <AddButton product={product} onAdd={onAdd} />
      </div>
    </article>
  );
}

export function Grid({ products, onAdd }) {
  return <div class="grid">{products.map((product) => <Card key={product.id} product={product} onAdd={onAdd} />)}</div>;
}

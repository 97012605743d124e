// SPDX-License-Identifier: Apache-2.0
import { AddButton } from '../components/add-button.jsx';
import { Grid } from '../components/card.jsx';
import { Gallery } from '../components/gallery.jsx';
import { Price } from '../components/price.jsx';
import { Rating } from '../components/rating.jsx';
import { Reviews } from '../components/reviews.jsx';
import { Specs } from '../components/specs.jsx';
import { Stock } from '../components/stock.jsx';

function Crumbs({ product, categoryName }) {
  return (
    <nav class="crumbs" aria-label="Breadcrumb">
      <a href="/">All</a>
      <a href={`/category/${product.category}`}>{categoryName}</a>
      <span>{product.name}</span>
    </nav>
  );
}

function Offer({ product, onAdd }) {
  return (
    <section class="offer">
      <h1>{product.name}</h1>
      <Rating rating={product.rating} votes={product.votes} />
      <p class="lead">{product.description}</p>
      <Price cents={product.cents} />
      <Stock id={product.id} />
      <AddButton product={product} onAdd={onAdd} />
      <ul class="promises">
        <li>Free shipping from €60, returns within 60 days</li>
        <li>Spare parts for at least ten years</li>
        <li>Questions? „Frag uns“ – a person answers</li>
      </ul>
    </section>
  );
}

export function Product({ state, onAdd }) {
  const { product, categoryName, reviews, related } = state;
  return (
    <div class="wrap">
      <Crumbs product={product} categoryName={categoryName} />
      <div class="product">
        <Gallery product={product} />
        <Offer product={product} onAdd={onAdd} />
      </div>
      <div class="product lower">
        <Specs product={product} categoryName={categoryName} />
        <Reviews reviews={reviews} />
      </div>
      <section class="related">
        <h2>Goes well with it</h2>
        <Grid products={related} onAdd={onAdd} />
      </section>
    </div>
  );
}

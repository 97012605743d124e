// SPDX-License-Identifier: Apache-2.0
import { Grid } from '../components/card.jsx';

function Hero() {
  return (
    <section class="hero">
      <h1>Good things for the everyday</h1>
      <p>Forty-eight objects – chosen slowly, made to be repaired, sent in paper. Free shipping from €60.</p>
    </section>
  );
}

function Found({ query, count }) {
  return (
    <section class="found">
      <h1>{`Search for „${query}“`}</h1>
      <p>{count === 0 ? 'Nothing found – try a shorter word.' : `${count} found`}</p>
    </section>
  );
}

export function Listing({ state, onAdd }) {
  return (
    <div class="wrap">
      {state.query ? <Found query={state.query} count={state.products.length} /> : <Hero />}
      <Grid products={state.products} onAdd={onAdd} />
    </div>
  );
}

// SPDX-License-Identifier: Apache-2.0
import { Grid } from '../components/card.jsx';

export function Category({ state, onAdd }) {
  return (
    <div class="wrap">
      <section class="found">
        <h1>{state.title}</h1>
        <p>{state.intro}</p>
      </section>
      <Grid products={state.products} onAdd={onAdd} />
    </div>
  );
}

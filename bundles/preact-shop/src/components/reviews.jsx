// SPDX-License-Identifier: Apache-2.0
import { Rating } from './rating.jsx';

export function Reviews({ reviews }) {
  return (
    <section class="reviews" data-testid="reviews">
      <h2>{`Reviews (${reviews.length})`}</h2>
      {reviews.map((review) => (
        <article class="review">
          <h3>{review.title}</h3>
          <Rating rating={review.stars * 10} />
          <p>{review.text}</p>
          <footer>{`${review.author} – ${review.date}`}</footer>
        </article>
      ))}
    </section>
  );
}

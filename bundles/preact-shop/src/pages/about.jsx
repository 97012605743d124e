// SPDX-License-Identifier: Apache-2.0
export function About() {
  return (
    <div class="wrap prose">
      <h1>About us</h1>
      <p>Nordlicht is a shop that does not exist. It was built so that a web server has something honest to render: real components,
        real prices in €, real umlauts – and reviewers who try to smuggle markup into the page.</p>
      <p>What you see was rendered inside Apache httpd by V8. The browser then took over: the cart above counts, the pictures of a
        product change, and the stock of a product is fetched from a small API.</p>
      <h2>„Warum?“</h2>
      <p>Because the fastest way from a component to a page is not to leave the server’s process at all.</p>
      <p><a class="button" href="/">See all forty-eight things</a></p>
    </div>
  );
}

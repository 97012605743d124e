// SPDX-License-Identifier: Apache-2.0
export function NotFound() {
  return (
    <div class="wrap prose">
      <h1>Nothing here</h1>
      <p>The page you asked for does not exist – or does not exist any more.</p>
      <p><a class="button" href="/">Back to all things</a></p>
    </div>
  );
}

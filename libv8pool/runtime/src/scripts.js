// SPDX-License-Identifier: Apache-2.0
// The other scripts (src/web.js, src/extra.js): each is evaluated once in a context, when it is first needed.

const { loadScript } = $host;

function once(index) {
  let made;
  return () => (made ??= loadScript(index, $host));
}

$host.web = once(1);
$host.extra = once(2);

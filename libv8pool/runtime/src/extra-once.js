// SPDX-License-Identifier: Apache-2.0
// The second script is evaluated once in a context.

let made;

$host.extra = () => (made ??= $host.loadExtra($host));

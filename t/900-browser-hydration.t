# SPDX-License-Identifier: Apache-2.0
#
# The shop, rendered by the module, comes alive in a real browser:
# t/browser/hydrate.mjs against a server of its own.
use strict;
use warnings;
use V8Test;
use V8Test::Browser;

run_in_browser('hydrate.mjs', own_server(
    documents => "$ENV{V8TEST_STAGE}/bundles/preact-shop/dist/public",
    config => <<'CONF'));
SSRIsolates 2
SSRQueue 100 10s
SSREngine on
SSRBundle shop "${TOP}/bundles/preact-shop/dist/server.js"
Alias /api "${TOP}/bundles/preact-shop/dist/api"
AddOutputFilterByType BROTLI_COMPRESS;DEFLATE text/html
CONF

done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# Pages that frameworks render in the module are taken over by their own builds
# for the browser: t/browser/frameworks.mjs against a server of its own.
use strict;
use warnings;
use V8Test;
use V8Test::Browser;

my $bundles = join '', map {
    "SSRBundle $_ \"\${TOP}/bundles/frameworks/dist/$_.mjs\"\nSSRMap /$_ $_\n"
} qw(astro react-edge solid solid18 svelte sveltekit vue);

# One isolate: what opens a gate is where it was closed.
run_in_browser('frameworks.mjs', own_server(children => 1, threads => 32,
    documents => "$ENV{V8TEST_STAGE}/bundles/frameworks/dist/client",
    config => <<"CONF"));
SSRIsolates 1
SSRQueue 100 60s
SSRTimeout 60s
SSRFetchTimeout 60s
Redirect 204 /favicon.ico
SSREngine on
SSRBundle gates "\${TOP}/bundles/test/gates.js"
SSRMap /gate gates
$bundles
CONF

done_testing;

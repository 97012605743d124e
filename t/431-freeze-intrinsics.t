# SPDX-License-Identifier: Apache-2.0
#
# SSRFreezeIntrinsics: no render changes what JavaScript comes with, and sites
# work as before (t/bundles/frozen.js; what freezes is tested in
# t/unit/test_engine_sandbox.c).
use strict;
use warnings;
use V8Test;

expect_log(qw(V8SSR0010));

my $server = own_server(children => 1, limit => 1, config => <<'CONF');
Define FROZEN "${TOP}/bundles/test/frozen.js"
Define SITES "${TOP}/bundles/frameworks/dist"
SSRIsolates 1
SSRTimeout 20s
SSREngine on
SSRBundle free ${FROZEN}
SSRMap /free free
<LocationMatch "/fresh/">
    SSRScope request
</LocationMatch>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName free.test
    SSRBundle shop "${TOP}/bundles/preact-shop/dist/server.js"
    SSRBundle react-edge "${TOP}/bundles/frameworks/dist/react-edge.mjs"
    SSRBundle vue "${TOP}/bundles/frameworks/dist/vue.mjs"
    SSRBundle sveltekit "${TOP}/bundles/frameworks/dist/sveltekit.mjs"
    SSRMap / shop
    SSRMap /react-edge react-edge
    SSRMap /vue vue
    SSRMap /sveltekit sveltekit
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName frozen.test
    SSRFreezeIntrinsics on
    SSRBundle frozen ${FROZEN}
    SSRMap /frozen frozen
    SSRBundle code ${FROZEN} snapshot=off
    SSRMap /code code
    SSRBundle shop "${TOP}/bundles/preact-shop/dist/server.js"
    SSRBundle react-edge "${TOP}/bundles/frameworks/dist/react-edge.mjs"
    SSRBundle vue "${TOP}/bundles/frameworks/dist/vue.mjs"
    SSRBundle sveltekit "${TOP}/bundles/frameworks/dist/sveltekit.mjs"
    SSRMap / shop
    SSRMap /react-edge react-edge
    SSRMap /vue vue
    SSRMap /sveltekit sveltekit
</VirtualHost>
CONF

sub get {
    my ($host, $path) = @_;
    my $r = $server->get($path, Host => $host);
    return $r->status == 200 ? $r->body : $r->status . $r->body;
}

for my $bundle (qw(frozen code)) {
    for my $way ('', '/fresh') {
        is get('frozen.test', "/$bundle$way/changed"), 'none', "/$bundle$way: nothing was changed";
        is get('frozen.test', "/$bundle$way/allowed"), 'all allowed', "/$bundle$way: what libraries do works";
    }
}
is get('frozen.test', '/free/changed'), get('free.test', '/free/all'),
    'a bundle of the main server is as that says';
is $server->get('/frozen/error', Host => 'frozen.test')->status, 500, 'an error';
like +(log_lines($server, qr/V8SSR0010/))[0], qr/TypeError: Cannot read properties of null/, 'keeps its name';

# The same pages, also the second time in a context.
for my $path ('/', '/product/1', '/react-edge/string?name=%3CAnn%3E', '/vue/string?name=A', '/sveltekit/none') {
    for my $time (1, 2) {
        my $free = get('free.test', $path) =~ s/nonce="[^"]*"//gr;
        my $frozen = get('frozen.test', $path) =~ s/nonce="[^"]*"//gr;
        cmp_ok length $free, '>', 50, "$path: a page ($time)";
        is $frozen, $free =~ s/free\.test/frozen.test/gr, "$path: the same page, frozen ($time)";
    }
}

done_testing;

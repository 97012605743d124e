# SPDX-License-Identifier: Apache-2.0
#
# SSRFreezeIntrinsics: no render changes what JavaScript comes with, and sites
# work as before.  What freezes is tested in t/unit/test_engine_sandbox.c.
use strict;
use warnings;
use V8Test;

expect_log(qw(V8SSR0006));

# The host says it for the bundles that it defines.
sub server {
    my ($line) = @_;
    return own_server(children => 1, limit => 1, config => <<"CONF");
SSRIsolates 1
SSRTimeout 20s
SSREngine on
<LocationMatch "/fresh/">
    SSRScope request
</LocationMatch>
SSRBundle main "\${TOP}/bundles/test/evals.js"
SSRMap /main main
<VirtualHost 127.0.0.1:\${PORT}>
    $line
    SSRBundle own "\${TOP}/bundles/test/evals.js"
    SSRMap /own own
    SSRBundle shop "\${TOP}/bundles/preact-shop/dist/server.js"
    SSRMap / shop
    SSRBundle react-edge "\${TOP}/bundles/frameworks/dist/react-edge.mjs"
    SSRMap /react-edge react-edge
    SSRBundle vue "\${TOP}/bundles/frameworks/dist/vue.mjs"
    SSRMap /vue vue
</VirtualHost>
CONF
}

my $free = server('');
my $frozen = server('SSRFreezeIntrinsics on');

sub get {
    my ($server, $path) = @_;
    my $r = $server->get($path);
    return $r->status == 200 ? $r->body : $r->status . $r->body;
}

my $changed = 'undefined yes';
for my $way ('', '/fresh') {
    is get($free, "/own$way/pollute"), $changed, "/own$way: off";
    is get($frozen, "/own$way/pollute"), 'undefined undefined', "/own$way: on";
    is get($frozen, "/main$way/pollute"), $changed, "/main$way: the server that defines a bundle says so";
}
is $frozen->get('/own/error')->status, 500, 'an error';
like +(log_lines($frozen, qr/V8SSR0006/))[0], qr/TypeError: Cannot read properties of null/, 'keeps its name';

# The same pages; those of the frameworks count the renders of their context.
for my $path ('/', '/product/1', '/react-edge/string?name=%3CAnn%3E', '/vue/string?name=A') {
    for my $time (1, 2, 3) {
        my $page = get($free, $path);
        cmp_ok length $page, '>', 50, "$path: a page ($time)";
        is get($frozen, $path), $page, "$path: the same page, frozen ($time)";
    }
}

done_testing;

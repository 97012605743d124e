# SPDX-License-Identifier: Apache-2.0
#
# What a bundle cannot reach: eval(), unless SSRAllowEval is on for the host
# that defines it; WebAssembly, shared memory, files, processes.  From an
# image, from the script, in a context of its own.
use strict;
use warnings;
use V8Test;

my $server = own_server(children => 1, limit => 1, config => <<'CONF');
Define EVALS "${TOP}/bundles/test/evals.js"
SSRIsolates 1
SSREngine on
SSRBundle inherited ${EVALS}
SSRMap /inherited inherited
SSRBundle code ${EVALS} snapshot=off
SSRMap /code code
<LocationMatch "/fresh/">
    SSRScope request
</LocationMatch>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName plain.test
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName eval.test
    SSRAllowEval on
    SSRBundle own ${EVALS}
    SSRMap /own own
    SSRBundle own-code ${EVALS} snapshot=off
    SSRMap /own-code own-code
    SSRBundle needs "${TOP}/bundles/test/needs-eval.js" self-test=/test
    SSRMap /needs needs
</VirtualHost>
CONF

sub body {
    my ($host, $path) = @_;
    my $r = $server->get($path, Host => $host);
    return $r->status == 200 ? $r->body : $r->status;
}

my $shut = 'EvalError EvalError EvalError';
my $open = 'early late Function';
for my $way ('', '/fresh') {
    is body('plain.test', "/$_$way/eval"), $shut, "/$_$way: no eval()" for qw(inherited code);
    is body('eval.test', "/$_$way/eval"), $open, "/$_$way: eval(), where it is on" for qw(own own-code);
    is body('eval.test', "/inherited$way/eval"), $shut,
        "/inherited$way: the server that defines a bundle says so, not the one that uses it";
    is body('eval.test', "/needs$way/a"), "rendered /needs$way/a", "/needs$way: one that cannot do without";
}
for my $at (['plain.test', '/inherited'], ['eval.test', '/own']) {
    my ($host, $path) = @$at;
    for my $way ('', '/fresh') {
        is body($host, "$path$way/wasm"), 'undefined', "$path$way: no WebAssembly";
        is body($host, "$path$way/shared"), 'undefined', "$path$way: no SharedArrayBuffer";
        is body($host, "$path$way/wait"), 'TypeError', "$path$way: no Atomics.wait()";
        is body($host, "$path$way/files"), 'none', "$path$way: no module that reaches the system";
        is body($host, "$path$way/process"), ' none', "$path$way: process is an empty shell";
    }
}

# Its check knows what it will be allowed; a script that was checked with
# eval() is checked again without.
my $checked = prepare_server();
my $needs = 'SSRBundle needs "${TOP}/bundles/test/needs-eval.js"';
for my $row (['', 0], ['SSRAllowEval off', 0], ['SSRAllowEval on', 1]) {
    my ($line, $good) = @$row;
    $checked->configure("$needs\n$line\n");
    my ($status, $output) = $checked->configtest;
    if ($good) {
        is $status, 0, "configtest with \"$line\"" or diag $output;
    }
    else {
        isnt $status, 0, "configtest with \"$line\"";
        like $output, qr/SSRBundle: needs: \S+needs-eval\.js:3:\d+: EvalError: .*SSRAllowEval/,
            'which says where, and what would allow it';
    }
}

done_testing;

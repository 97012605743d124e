# SPDX-License-Identifier: Apache-2.0
#
# Main server, virtual host, <Location>: the closest setting is in force, and
# what is not set is inherited.
use strict;
use warnings;
use JSON::PP;
use V8Test;

expect_log(qw(V8SSR0008 V8SSR0010));

my $server = own_server(config => <<'CONF');
SSRIsolates 4
SSREngine on
SSRTimeout 150ms
SSRMaxResponse 1M
SSREnv FROM main
SSREnv MAIN 1
SSRBundle slow "${TOP}/bundles/test/slow.js"
SSRBundle sized "${TOP}/bundles/test/sized.js"
SSRBundle echo "${TOP}/bundles/test/echo.js"
SSRMap /slow slow
SSRMap /sized sized
SSRMap /echo echo
SSRMap /name echo
<Location /slow/main-long>
    SSRTimeout 5s
</Location>
<Location /slow/fresh>
    SSRScope request
</Location>

<VirtualHost 127.0.0.1:${PORT}>
    ServerName plain.test
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName own.test
    SSRTimeout 5s
    SSRScope request
    SSRMaxResponse 2K
    SSREnv FROM host
    SSREnv HOST 1
    SSRBundle mine "${TOP}/bundles/test/echo.js"
    SSRMap /name mine
    SSRMap /echo/deep mine
    <Location /slow/short>
        SSRTimeout 150ms
    </Location>
    <Location /slow/kept>
        SSRScope bundle
        <If "%{QUERY_STRING} == 'if'">
            SSRScope request
        </If>
    </Location>
    <Location /sized/large>
        SSRMaxResponse 1M
    </Location>
    <Location /echo/there>
        SSREnv FROM location
        SSRUse mine
        <If "%{QUERY_STRING} == 'if'">
            SSREnv FROM if
        </If>
    </Location>
    <Location /echo/there/again>
        SSREnv AGAIN 1
        SSRUse echo
    </Location>
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName off.test
    SSREngine off
    <Location /echo/on>
        SSREngine on
    </Location>
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName redefined.test
    SSRBundle echo "${TOP}/bundles/hostile/good.js"
    SSRUse echo
</VirtualHost>
CONF

# host, path, status
my @rows = (
    ['plain.test', '/slow?ms=600', 503],
    ['plain.test', '/slow/main-long?ms=600', 200],
    ['own.test', '/slow?ms=600', 200],
    ['own.test', '/slow/short?ms=600', 503],
    ['own.test', '/slow/short?ms=10', 200],
    ['plain.test', '/sized?bytes=4096', 200],
    ['own.test', '/sized?bytes=4096', 500],
    ['own.test', '/sized?bytes=2048', 200],
    ['own.test', '/sized/large?bytes=4096', 200],
    ['plain.test', '/echo', 200],
    ['off.test', '/echo', 404],
    ['off.test', '/echo/on', 200],
    ['off.test', '/echo/on/more', 200],
);
for my $row (@rows) {
    my ($host, $path, $status) = @$row;
    is $server->get($path, Host => $host)->status, $status,
        "http://$host$path: $status";
}

# host, path, bundle, ctx.env
my %main = (FROM => 'main', MAIN => 1);
my %host = (FROM => 'host', MAIN => 1, HOST => 1);
my @echoes = (
    ['plain.test', '/echo', 'echo', \%main],
    ['plain.test', '/name', 'echo', \%main],
    ['plain.test', '/echo/deep', 'echo', \%main],
    ['own.test', '/echo', 'echo', \%host],
    ['own.test', '/name', 'mine', \%host],
    ['own.test', '/echo/deep', 'mine', \%host],
    ['own.test', '/echo/there', 'mine', { %host, FROM => 'location' }],
    ['own.test', '/echo/there?if', 'mine', { %host, FROM => 'if' }],
    ['own.test', '/echo/there/again', 'echo',
        { %host, FROM => 'location', AGAIN => 1 }],
);
for my $row (@echoes) {
    my ($host, $path, $bundle, $env) = @$row;
    my $seen = decode_json($server->get($path, Host => $host)->body);
    is $seen->{bundle}, $bundle, "http://$host$path: bundle $bundle";
    is_deeply $seen->{env}, $env, "http://$host$path: ctx.env";
}
# host, path, whether each render has a context of its own.  There are eight
# isolates: of nine renders two are in the same.
my @scopes = (
    ['plain.test', '/slow', 0], ['plain.test', '/slow/fresh', 1], ['own.test', '/slow', 1],
    ['own.test', '/slow/fresh/er', 1], ['own.test', '/slow/kept', 0],
    ['own.test', '/slow/kept?if', 1],
);
for my $row (@scopes) {
    my ($host, $path, $fresh) = @$row;
    my @later = grep { $server->get($path, Host => $host)->body !~ /render 1</ } 1 .. 9;
    is @later == 0, !!$fresh, "http://$host$path: SSRScope " . ($fresh ? 'request' : 'bundle');
}

is $server->get('/x', Host => 'redefined.test')->body, '<p>good /x</p>',
    "a host's own bundle hides the main server's of the same name";

# One pool per child: the number is the main server's.
my @started = log_lines($server, qr/V8SSR0001: .*pool of 4 isolates, queue of \d+, V8 \d/);
is scalar @started, 2, 'each child has a pool of four isolates';

done_testing;

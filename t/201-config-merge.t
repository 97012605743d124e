# SPDX-License-Identifier: Apache-2.0
#
# Main server, virtual host, <Location>: the closest setting is in force, and
# what is not set is inherited.
use strict;
use warnings;
use JSON::PP;
use V8Test;

expect_log(qw(V8SSR0006 V8SSR0008 V8SSR0010 V8SSR0074 V8SSR0143));

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

# --- the cache ------------------------------------------------------------------

# A host for each directive; <Location /deep> in it has another value.
$server = own_server(children => 1, limit => 1, config => <<'CONF');
SSRIsolates 1
SSREngine on
SSRBundle pages "${TOP}/bundles/test/pages.js"
SSRBundle flaky "${TOP}/bundles/test/flaky.js"
SSRMap / pages
SSRMap /flaky flaky
SSRMap /again flaky
SSRMap /fail flaky
SSRCache on
SSRCacheTTL 1000s
SSRCacheSWR 1h
SSRCacheStaleIfError 1h
SSRCacheErrorBackoff 1ms 1ms
SSRCacheKey host path query header:X-A
SSRCacheIgnoreQuery a
SSRCacheHeader cache-status
SSRCachePurge on
<Location />
    Require local
</Location>
<LocationMatch ^/(old|flaky|again)>
    SSRCacheTTL 1ms
</LocationMatch>
<Location /flaky>
    SSRCacheSWR 0
</Location>
<Location /fail>
    SSRCache off
</Location>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName plain.test
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName off.test
    SSRCache off
    <Location /deep>
        SSRCache on
    </Location>
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName ttl.test
    SSRCacheTTL 2000s
    <Location /deep>
        SSRCacheTTL 3000s
    </Location>
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName swr.test
    SSRCacheSWR 0
    <Location /old/deep>
        SSRCacheSWR 1h
    </Location>
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName error.test
    SSRCacheStaleIfError 0
    <Location /flaky/deep>
        SSRCacheStaleIfError 1h
    </Location>
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName backoff.test
    SSRCacheErrorBackoff 1h
    <Location /again/deep>
        SSRCacheErrorBackoff 1ms 1ms
    </Location>
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName key.test
    SSRCacheKey path query header:X-B
    <Location /deep>
        SSRCacheKey path header:X-C
    </Location>
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName ignore.test
    SSRCacheIgnoreQuery none
    <Location /deep>
        SSRCacheIgnoreQuery b c
    </Location>
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName header.test
    SSRCacheHeader x-cache
    <Location /deep>
        SSRCacheHeader off
    </Location>
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName purge.test
    SSRCachePurge off
    <Location /deep>
        SSRCachePurge on
    </Location>
</VirtualHost>
CONF

sub get { my ($host, $path, @more) = @_; return $server->get($path, Host => $host, @more) }
sub second { get(@_); wait_for { 0 } 0.05; return get(@_) }

# host, path, what the second answer says
for my $row (
    ['plain.test', '/x', qr/; hit; ttl=(?:1000|99\d)$/],
    ['off.test', '/x', qr/^$/],
    ['off.test', '/deep', qr/; hit; ttl=(?:1000|99\d)$/],
    ['ttl.test', '/x', qr/; hit; ttl=(?:2000|199\d)$/],
    ['ttl.test', '/deep', qr/; hit; ttl=(?:3000|299\d)$/],
    ['plain.test', '/old', qr/; hit; ttl=-/],
    ['swr.test', '/old', qr/; fwd=stale; stored$/],
    ['swr.test', '/old/deep', qr/; hit; ttl=-/],
) {
    my ($host, $path, $said) = @$row;
    like second($host, $path)->header('Cache-Status') // '', $said, "http://$host$path: as its Cache-Status says";
}

# host, path, fields and query that the bundle sees
my %sent = ('X-A' => 1, 'X-B' => 1, 'X-C' => 1);
for my $row (
    ['plain.test', '/k', '["host","x-a"]', '?b=1&c=1'],
    ['key.test', '/k', '["x-b"]', '?b=1&c=1'],
    ['key.test', '/deep', '["x-c"]', ''],
    ['ignore.test', '/k', '["host","x-a"]', '?a=1&b=1&c=1'],
    ['ignore.test', '/deep', '["host","x-a"]', '?a=1'],
) {
    my ($host, $path, $fields, $query) = @$row;
    my $body = get($host, "$path?a=1&b=1&c=1", %sent)->body;
    like $body, qr{ \Q$path$query\E render }, "http://$host$path: SSRCacheIgnoreQuery and query";
    like $body, qr/ sees \Q$fields\E</, "http://$host$path: SSRCacheKey";
}

for my $row (['plain.test', '/h', 1, 0], ['header.test', '/h', 0, 1], ['header.test', '/deep', 0, 0]) {
    my ($host, $path, $status, $x) = @$row;
    my $r = second($host, $path);
    is !!$r->header('Cache-Status'), !!$status, "http://$host$path: SSRCacheHeader cache-status";
    is !!$r->header('X-Cache'), !!$x, "http://$host$path: SSRCacheHeader x-cache";
}
for my $row (['plain.test', '/x', 200], ['purge.test', '/x', 405], ['purge.test', '/deep', 200]) {
    my ($host, $path, $status) = @$row;
    is $server->request('PURGE', $path, Host => $host)->status, $status, "http://$host$path: SSRCachePurge";
}

# Failures.
for my $row (['plain.test', '/flaky', 200], ['error.test', '/flaky/e', 500], ['error.test', '/flaky/deep', 200]) {
    my ($host, $path, $status) = @$row;
    is get($host, $path)->status, 200, "http://$host$path: a page";
    get($host, "/fail?$path");
    is get($host, $path)->status, $status, "http://$host$path: SSRCacheStaleIfError";
}
my %tried;
for my $row (['plain.test', '/again'], ['backoff.test', '/again/b'], ['backoff.test', '/again/deep']) {
    my ($host, $path) = @$row;
    get($host, $path);
    get($host, "/fail?$path");
    my $tries = sub { get($host, $path); return scalar log_lines($server, qr{V8SSR0074: bundle flaky, $path: }) };
    wait_for { $tries->() >= 1 };
    wait_for { $tries->() >= 3 } 1;
    $tried{$path} = $tries->();
}
cmp_ok $tried{'/again'}, '>=', 3, 'SSRCacheErrorBackoff of the main server';
is $tried{'/again/b'}, 1, 'SSRCacheErrorBackoff of the host';
cmp_ok $tried{'/again/deep'}, '>=', 3, 'SSRCacheErrorBackoff of the location';

# --- fetch ----------------------------------------------------------------------

$server = own_server(children => 1, limit => 1, threads => 16, config => <<'CONF');
SSRIsolates 1
SSREngine on
SSRBundle echo "${TOP}/bundles/test/echo.js"
SSRFetch local allow:a.example
SSRFetchTimeout 1s
SSRMaxSubrequests 10
SSRFetchBreaker 1 1s
<VirtualHost 127.0.0.1:${PORT}>
    ServerName plain.test
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName own.test
    SSRFetch allow-private:B.example:8080 allow:*:*
    <Location /off>
        SSRFetch off
        SSRFetchBreaker off
    </Location>
    <Location /deep>
        SSRFetchTimeout 2s
        SSRMaxSubrequests 20
        SSRFetchBreaker 2 2s
        <If "%{QUERY_STRING} == 'if'">
            SSRFetch local
        </If>
    </Location>
</VirtualHost>
CONF

for my $row (
    ['plain.test', '/p', ' local allow:a.example; 1000 ms, at most 10, breaker 1 1000 ms, local 2 at a time'],
    ['own.test', '/o', ' allow-private:b.example:8080 allow:*:*; 1000 ms, at most 10, breaker 1 1000 ms, '],
    ['own.test', '/off', ' off; 1000 ms, at most 10, breaker 0 0 ms, '],
    ['own.test', '/deep', ' allow-private:b.example:8080 allow:*:*; 2000 ms, at most 20, breaker 2 2000 ms, '],
    ['own.test', '/deep/if?if', ' local; 2000 ms, at most 20, breaker 2 2000 ms, '],
) {
    my ($host, $path, $said) = @$row;
    is $server->get($path, Host => $host)->status, 200, "http://$host$path";
    $path =~ s/\?.*//;
    ok log_lines($server, qr/V8SSR0111: fetch for \Q$path:$said\E/), "http://$host$path: fetch$said";
}

# A client cannot say that it is a fetch() of this server.
my $forged = $server->get('/forged', Host => 'plain.test', 'SSR-Subrequest' => '0' x 32);
unlike $forged->body, qr/subrequest/i, 'the field of sub-requests does not reach the bundle';
ok !log_lines($server, qr/V8SSR0111: fetch for \/forged.*is one itself/), 'and means nothing';

# --- failures -------------------------------------------------------------------

$server = own_server(children => 1, limit => 1, config => <<'CONF');
SSRIsolates 1
SSREngine on
SSRBundle gated "${TOP}/bundles/test/gated.mjs"
SSRFallback shell:/main.txt
SSRBreaker 1 1h 1h
<VirtualHost 127.0.0.1:${PORT}>
    ServerName plain.test
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName own.test
    SSRFallback shell:/own.txt
    SSRBreaker 2 1h 1h
    <Location /deep>
        SSRFallback errordocument
    </Location>
    <Location /off>
        SSRBreaker off
    </Location>
    <Location /three>
        SSRBreaker 3 1h 1h
    </Location>
</VirtualHost>
CONF
for my $name (qw(main own)) {
    open my $file, '>', "$server->{documents}/$name.txt" or die $!;
    print {$file} $name;
    close $file or die $!;
}
# host, path, what a failure gets, and of how many of four
for my $row (
    ['own.test', '/off', 'own', 4], ['own.test', '/three/x', 'own', 3], ['own.test', '/deep/x', qr/500|503/, 2],
    ['own.test', '/x', 'own', 0], ['plain.test', '/x', 'main', 1],
) {
    my ($host, $path, $said, $tries) = @$row;
    my @tried = map { get($host, "$path?fail=$_,$host") } 1 .. 4;
    like $_->body, qr/$said/, "http://$host$path: SSRFallback" for @tried;
    is scalar log_lines($server, qr{console: begins \Q$path\E\?fail=\d,\Q$host\E$}), $tries, "http://$host$path: SSRBreaker";
}

done_testing;

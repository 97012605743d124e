# SPDX-License-Identifier: Apache-2.0
#
# SSRManifest: what a route says of bundle, cache, tags and streaming goes
# before the directives; a wrong manifest ends no restart.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use V8Test;

expect_log(qw(V8SSR0006 V8SSR0155));

my $server = prepare_server(children => 1, limit => 2);
sub put { return $server->put(@_) }

my $routes = put('routes.json', <<'JSON');
{"version": 1, "routes": [
  {"path": "/news/*", "bundle": "two"},
  {"path": "/news/:id/raw", "bundle": "one"},
  {"path": "/news/today", "bundle": "three"},
  {"path": "/map/one", "bundle": "one"},
  {"path": "/used/two", "bundle": "two"},
  {"path": "/left/*", "ssr": false},
  {"path": "/left/not/:x", "bundle": "two"},
  {"path": "/b%C3%BCcher", "bundle": "two"},
  {"path": "/plain", "ttl": 60},
  {"path": "/off", "bundle": "two"}
]}
JSON
my $caches = put('caches.json', <<'JSON');
{"version": 1, "routes": [
  {"path": "/on/*", "cache": true, "ttl": "5m", "tags": ["all news", "b"]},
  {"path": "/on/off", "cache": false, "ttl": "5m"},
  {"path": "/on/left", "ssr": false},
  {"path": "/flaky/swr", "cache": true, "ttl": "5m", "swr": "1h", "bundle": "flaky"},
  {"path": "/flaky/sie", "cache": true, "ttl": "5m", "staleIfError": "1h", "bundle": "flaky"},
  {"path": "/flaky/none", "cache": true, "ttl": "5m", "bundle": "flaky"},
  {"path": "/fail", "bundle": "flaky"},
  {"path": "/where/ttl", "ttl": "2h"},
  {"path": "/where/off", "cache": false},
  {"path": "/where/none", "ttl": 0}
]}
JSON
put('streams.json', <<'JSON');
{"version": 1, "routes": [
  {"path": "/whole", "streaming": "off"},
  {"path": "/off/pieces", "streaming": "on"}
]}
JSON
put('_routes.json', '{"version":1,"include":["/*"],"exclude":["/files/*","/robots.txt"]}');
put('htdocs/left/page.txt', "a file\n");
put('htdocs/files/a.txt', "excluded\n");

my $conf = <<'CONF';
SSRIsolates 1
SSREngine on
SSRBundle one "${TOP}/bundles/test/echo.js"
SSRBundle two "${TOP}/bundles/test/echo.js"
SSRBundle three "${TOP}/bundles/test/echo.js"
SSRBundle pages "${TOP}/bundles/test/pages.js"
SSRBundle flaky "${TOP}/bundles/test/flaky.js"
SSRBundle stream "${TOP}/bundles/test/stream.js"
SSRUse one
LogFormat "%U %{v8ssr-route}n" routes
CustomLog routes_log routes
SSRManifest routes.json
<VirtualHost *:${PORT}>
    ServerName main.test
</VirtualHost>
<VirtualHost *:${PORT}>
    ServerName more.test
    SSRMap /map three
    <Location /used>
        SSRUse three
    </Location>
    <Location /off>
        SSREngine off
    </Location>
</VirtualHost>
<VirtualHost *:${PORT}>
    ServerName none.test
    SSRManifest none
</VirtualHost>
<VirtualHost *:${PORT}>
    ServerName list.test
    SSRManifest _routes.json
</VirtualHost>
<VirtualHost *:${PORT}>
    ServerName caches.test
    SSRManifest caches.json
    SSRUse pages
    SSRCacheTTL 1m
    SSRCacheHeader cache-status
    Header set X-Normal way
    <Location />
        SSRCachePurge on
        Require local
    </Location>
    <Location /where>
        SSRCache on
    </Location>
</VirtualHost>
<VirtualHost *:${PORT}>
    ServerName quick.test
    SSRManifest caches.json
    SSRUse pages
    SSRCacheQuick on
    SSRCacheTTL 1m
    SSRCacheHeader cache-status
    Header set X-Normal way
</VirtualHost>
<VirtualHost *:${PORT}>
    ServerName streams.test
    SSRManifest streams.json
    SSRUse stream
    SSRStreaming on
    <Location /off>
        SSRStreaming off
    </Location>
</VirtualHost>
CONF
$server->configure($conf);
$server->launch->wait_up or die $server->log_text;

sub get { my ($host, $target, @more) = @_; return $server->get($target, Host => $host, @more) }
sub bundle { my $r = get(@_); return $r->status == 200 ? decode_json($r->body)->{bundle} : $r->status }

# --- which bundle ------------------------------------------------------------

# host, path, the bundle that answers, or the status
for my $row (
    ['main.test', '/', 'one'],                   # no route: SSRUse
    ['main.test', '/news', 'two'],
    ['main.test', '/news/', 'two'],
    ['main.test', '/news/a/b', 'two'],
    ['main.test', '/newsletter', 'one'],
    ['main.test', '/news/7/raw', 'one'],
    ['main.test', '/news/7/raw/more', 'two'],
    ['main.test', '/news/today', 'three'],
    ['main.test', '/news/today?q=/x', 'three'],
    ['main.test', '/%6eews/today', 'three'],     # decoded
    ['main.test', '/x/../news/./today', 'three'], # normalised
    ['main.test', '/News/today', 'one'],         # case counts
    ['main.test', '/b%c3%bccher', 'two'],
    ['main.test', '/plain', 'one'],              # says nothing of the bundle
    ['main.test', '/left/page.txt/x', 404],
    ['main.test', '/left', 301],                 # httpd's way with a folder
    ['main.test', '/left/not/this', 'two'],
    ['more.test', '/news/today', 'three'],       # inherited
    ['more.test', '/map/x', 'one'],              # SSRUse of the main server
    ['more.test', '/used/x', 'three'],
    ['more.test', '/used/two', 'two'],           # before <Location>'s SSRUse
    ['more.test', '/off', 404],                  # SSREngine off is off
    ['none.test', '/news/today', 'one'],
    ['none.test', '/left', 'one'],
    ['list.test', '/', 'one'],
    ['list.test', '/news/today', 'one'],         # its own manifest alone
    ['list.test', '/files/b.txt', 404],
    ['list.test', '/robots.txt', 404],
) {
    my ($host, $path, $bundle) = @$row;
    is bundle($host, $path), $bundle, "$host$path: $bundle";
}
is get('main.test', '/left/page.txt')->body, "a file\n", 'a route left to httpd: its file';
is get('list.test', '/files/a.txt')->body, "excluded\n", 'an excluded path: its file';
ok wait_for { -s "$server->{root}/routes_log" }, 'the access log is written';
my %route;
{
    open my $log, '<', "$server->{root}/routes_log" or die $!;
    /^(\S+) (.*)$/ and push @{ $route{$1} }, $2 while <$log>;
}
is $route{'/news/a/b'}[0], '/news/*', 'the access log: the route';
is $route{'/newsletter'}[0], '-', 'the access log: none';

# --- the cache ---------------------------------------------------------------

sub status_of { return get('caches.test', @_)->header('Cache-Status') // '' }
sub kept { status_of(@_); return status_of(@_) }

like kept('/on/a'), qr/; hit; ttl=(?:300|2[89]\d)$/, 'cache and ttl of the route, SSRCache off';
like kept('/on/b?cc=max-age%3D1000'), qr/; hit; ttl=(?:1000|99\d)$/, 'the answer decides over the route';
like kept('/on/c?cc=no-store'), qr/fwd=/, 'no-store: not stored';
is kept('/on/off'), '', 'cache false below cache true';
is kept('/other'), '', 'no route, SSRCache off';
like kept('/where/x'), qr/; hit; ttl=(?:60|5\d)$/, 'SSRCache and SSRCacheTTL without a route';
like kept('/where/ttl'), qr/; hit; ttl=7[12]\d\d$/, 'the ttl of the route before SSRCacheTTL';
is kept('/where/off'), '', 'cache false before SSRCache on';
unlike kept('/where/none'), qr/hit/, 'a ttl of 0 before SSRCacheTTL';

status_of("/on/$_") for qw(t1 t2), 't3?tag=own';
like status_of('/where/x'), qr/hit/, 'kept before the purge';
my $purge = $server->request('PURGE', '/on/t1', Host => 'caches.test', 'SSR-Purge-Tags' => 'all news');
is $purge->status, 200, 'purged by a tag of the route';
unlike status_of("/on/$_"), qr/hit/, "$_: gone" for qw(t2), 't3?tag=own';
like status_of('/where/x'), qr/hit/, 'what has no such tag stays';
like status_of('/on/t3?tag=own'), qr/hit/, 'kept again';
$server->request('PURGE', '/none', Host => 'caches.test', 'SSR-Purge-Tags' => 'own');
unlike status_of('/on/t3?tag=own'), qr/hit/, 'and purged by the tag of its own answer';

# Stale by a soft purge: what may be shown then, and whether a failure shows it.
for my $path (map { "/flaky/$_" } qw(swr sie none)) {
    like kept($path), qr/hit/, "$path: kept";
    $server->request('PURGE', $path, Host => 'caches.test', 'SSR-Purge-Soft' => 1);
}
unlike status_of('/flaky/none'), qr/hit/, 'no swr: rendered';
like status_of('/flaky/swr'), qr/; hit/, 'the swr of the route: shown while it is stale';
get('caches.test', '/fail?/flaky/sie');
my $stale = get('caches.test', '/flaky/sie');
is $stale->status, 200, 'the staleIfError of the route: a stale page in place of an error';
get('caches.test', '/fail?/flaky/none');
$server->request('PURGE', '/flaky/none', Host => 'caches.test', 'SSR-Purge-Soft' => 1);
is get('caches.test', '/flaky/none')->status, 500, 'no staleIfError: the error';

# --- hits before access control ------------------------------------------------

sub quick { return get('quick.test', @_) }
quick('/on/q');
my $hit = quick('/on/q');
like $hit->header('Cache-Status'), qr/; hit; ttl=(?:300|2[89]\d)$/, 'SSRCacheQuick: a hit';
is $hit->header('X-Normal'), undef, 'SSRCacheQuick: cache true of the route is seen there';
quick('/on/off');
ok quick('/on/off')->header('X-Normal'), 'SSRCacheQuick: cache false is seen there';
is quick('/on/left')->status, 404, 'SSRCacheQuick: a route that is left';
quick('/where/ttl') for 1 .. 2;
is quick('/where/ttl')->header('Cache-Status'), undef, 'SSRCacheQuick: a ttl alone turns nothing on';

# --- streaming -------------------------------------------------------------------

sub pieces { return get('streams.test', @_)->header('Transfer-Encoding') // 'whole' }
my $body = 'kb=128';
is pieces("/a?$body"), 'chunked', 'SSRStreaming on';
is pieces("/whole?$body"), 'whole', 'streaming off before SSRStreaming on';
is pieces("/off/a?$body"), 'whole', 'SSRStreaming off';
is pieces("/off/pieces?$body"), 'chunked', 'streaming on before it';

# --- restarts --------------------------------------------------------------------

my $parent = $server->pid;
sub restart {
    my ($why) = @_;
    my $mark = length $server->log_text;
    my @old = $server->children;
    ok $server->graceful, "$why: restarted";
    ok wait_for { my %now = map { $_ => 1 } $server->children;
        %now && !grep { $now{$_} } @old }, "$why: the old children have left";
    is $server->pid, $parent, "$why: the same parent";
    return grep { /V8SSR0155/ } split /\n/, substr $server->log_text, $mark;
}

put('routes.json', '{"version":1,"routes":[{"path":"/news/*","bundle":"three"}]}');
is bundle('main.test', '/news/x'), 'two', 'a changed file changes nothing by itself';
is scalar(restart('changed')), 0, 'changed: nothing is said';
is bundle('main.test', '/news/x'), 'three', 'changed: taken over by a restart';
put('routes.json', '{"version":1,"routes":[{"path":"/","bundle":"four"}]}');
my @said = restart('wrong');
is scalar @said, 1, 'wrong: said once';
like $said[0] // '', qr/:error\].*last good one goes on: \S+routes\.json: routes\[0\]\.bundle: no SSRBundle is named "four"/,
    'wrong: why';
is bundle('main.test', '/news/x'), 'three', 'wrong: the last good one goes on';
unlink $routes;
like +(restart('gone'))[0] // '', qr/last good one goes on: cannot read \S+routes\.json: No such file/, 'gone: why';
is bundle('main.test', '/news/x'), 'three', 'gone: the last good one goes on, again';
put('routes.json', '{"version":1,"routes":[{"path":"/news/*","bundle":"one"}]}');
is scalar(restart('mended')), 0, 'mended: nothing is said';
is bundle('main.test', '/news/x'), 'one', 'mended: taken over';

done_testing;

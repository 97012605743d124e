# SPDX-License-Identifier: Apache-2.0
#
# Purges by URL, directory, tag and host: PURGE and v8ssr-purge.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use V8Test;

expect_log(qw(V8SSR0076 V8SSR0078));

my $server = own_server(children => 2, limit => 2, config => <<'CONF');
SSRIsolates 1
SSREngine on
SSRBundle pages "${TOP}/bundles/test/pages.js"
SSRCache on
SSRCacheTTL 1h
SSRCacheSWR 1h
SSRCacheHeader cache-status
<Location />
    SSRCachePurge on
    Require local
</Location>
<Location /denied>
    Require all denied
</Location>
<Location /off>
    SSRCachePurge off
</Location>
<Location /purge>
    SetHandler v8ssr-purge
    Require local
</Location>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName main.test
    ServerAlias other.test
</VirtualHost>
CONF

sub get { return $server->get($_[0], @_ > 1 ? (Host => $_[1]) : ()) }
sub is_hit { return (get(@_)->header('Cache-Status') // '') =~ /; hit; ttl=\d/ }
sub kept { get(@_); return is_hit(@_) }
sub purge { my ($target, @headers) = @_; return $server->request('PURGE', $target, @headers) }
sub post { return $server->request('POST', $_[0]) }

ok kept($_), "$_ is kept" for '/a', '/a?q=1', '/b';
my $r = purge('/a');
is $r->status, 200, 'PURGE: 200';
is $r->header('Content-Type'), 'application/json', 'PURGE: JSON';
is_deeply decode_json($r->body), { soft => JSON::PP::false, purged => ['u:127.0.0.1/a'] },
    'PURGE: says what';
ok !is_hit('/a'), 'PURGE URL: that page is gone';
ok !is_hit('/a?q=1'), 'with any query';
ok is_hit('/b'), 'others stay';
ok is_hit('/a'), 'and it is kept again';

kept($_) for '/dir/', '/dir/x', '/dir/y/z', '/direct';
is purge('/dir/*')->status, 200, 'PURGE /dir/*';
ok !is_hit($_), "$_ is gone" for '/dir/x', '/dir/y/z', '/dir/';
ok is_hit('/direct'), '/direct stays';
is purge('/dir*')->status, 400, 'a part of a name: 400';

kept($_) for '/t1?tag=red,big', '/t2?tag=red', '/t3?tag=blue', '/t4';
is purge('/', 'SSR-Purge-Tags' => 'red, green')->status, 200, 'SSR-Purge-Tags';
ok !is_hit($_), "$_ is gone" for '/t1?tag=red,big', '/t2?tag=red';
ok is_hit($_), "$_ stays" for '/t3?tag=blue', '/t4';

kept('/s');
my $page = get('/s')->body;
is purge('/s', 'SSR-Purge-Soft' => 1)->status, 200, 'SSR-Purge-Soft';
$r = get('/s');
is $r->body, $page, 'soft: the page is served once more';
ok wait_for { get('/s')->body ne $page }, 'and rendered anew meanwhile';

kept('/h', 'main.test');
kept('/h', 'other.test');
is purge('/h', Host => 'main.test')->status, 200, 'PURGE is for its host';
ok !is_hit('/h', 'main.test'), 'whose page is gone';
ok is_hit('/h', 'other.test'), 'not that of another';
kept('/h2', 'other.test');
is purge('/', Host => 'other.test', 'SSR-Purge-All' => 1)->status, 200, 'SSR-Purge-All';
ok !is_hit($_, 'other.test'), "$_ is gone" for '/h', '/h2';
ok is_hit('/h', 'main.test'), 'other hosts keep theirs';

# A purge while the page renders: what was rendered before is not stored.
my $client = $server->connect->send('GET', '/slow?ms=600');
ok wait_for { log_lines($server, qr{console: render \d+ /slow|V8SSR0005}) || $server->is_in_flight('/slow') }, 'a render begins';
wait_for { 0 } 0.2;
purge('/slow');
my $purged = $client->read;
is $purged->status, 200, 'a purge while it renders: the client gets its page';
like $purged->header('Cache-Status'), qr/fwd=miss; detail=purged$/, 'which says why it is not kept';
ok !is_hit('/slow?ms=600'), 'which is not kept';

# Who may.
is purge('/denied/x')->status, 403, 'Require all denied: 403';
isnt purge('/off/x')->status, 200, 'SSRCachePurge off: not answered';
ok kept('/off/x'), 'SSRCachePurge off: pages are kept';

# The handler.
kept($_) for '/p1', '/p2/x', '/p3?tag=x%20y';
is post('/purge?url=/p1&prefix=/p2/&tag=x%20y')->status, 200, 'v8ssr-purge';
ok !is_hit($_), "$_ is gone" for '/p1', '/p2/x', '/p3?tag=x%20y';
kept('/h', 'other.test');
is post('/purge?all=1&host=OTHER.test.')->status, 200, 'v8ssr-purge: host=';
ok !is_hit('/h', 'other.test'), 'whose pages are gone';
is get('/purge')->status, 405, 'GET: 405';
is post('/purge')->status, 400, 'nothing named: 400';
is post('/purge?what=1')->status, 400, 'something else: 400';
is post('/purge?url=x')->status, 400, 'no path: 400';

# Without a Require anybody could.
$server = own_server(children => 1, limit => 1, config => <<'CONF');
SSREngine on
SSRBundle pages "${TOP}/bundles/test/pages.js"
SSRCache on
SSRCachePurge on
<Location /purge>
    SetHandler v8ssr-purge
</Location>
CONF
is purge('/a')->status, 403, 'PURGE without a Require: 403';
is post('/purge?url=/a')->status, 403, 'v8ssr-purge without a Require: 403';

done_testing;

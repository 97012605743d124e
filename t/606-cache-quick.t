# SPDX-License-Identifier: Apache-2.0
#
# SSRCacheQuick: fresh pages are sent before access control; only those, and
# only where it is on.
use strict;
use warnings;
use V8Test;

my $server = own_server(children => 1, limit => 1, config => <<'CONF');
SSRIsolates 1
SSREngine on
SSRBundle pages "${TOP}/bundles/test/pages.js"
SSRCache on
SSRCacheTTL 1h
SSRCacheHeader cache-status
AddOutputFilterByType DEFLATE text/html
SetEnvIf X-Pass . pass
Header set X-Normal way
<Location /guarded>
    Require env pass
</Location>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName slow.test
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName quick.test
    SSRCacheQuick on
</VirtualHost>
CONF

sub get { my ($target, @more) = @_; return $server->get($target, Host => 'quick.test', @more) }
# Headers of the normal way are not there.
sub is_quick { return !defined $_[0]->header('X-Normal') }

my $miss = get('/a');
ok !is_quick($miss), 'a miss goes the normal way';
my $hit = get('/a');
ok is_quick($hit), 'a hit does not';
is $hit->status, 200, 'a quick hit: 200';
is $hit->body, $miss->body, 'a quick hit: the page';
is $hit->header('Content-Type'), $miss->header('Content-Type'), 'a quick hit: its type';
like $hit->header('Cache-Status'), qr/hit; ttl=3/, 'a quick hit: Cache-Status';
is get('/a', 'If-None-Match' => $miss->header('ETag'))->status, 304, 'a quick 304';
my $head = $server->request('HEAD', '/a', Host => 'quick.test');
ok is_quick($head) && $head->header('Content-Length') == length $hit->body, 'a quick HEAD';

get('/a?kb=20');
ok !is_quick(get('/a?kb=20', 'Accept-Encoding' => 'gzip')), 'not yet compressed: the normal way';
my $gzip = get('/a?kb=20', 'Accept-Encoding' => 'gzip');
ok is_quick($gzip), 'compressed: quick';
is $gzip->header('Content-Encoding'), 'gzip', 'compressed: gzip';

is get('/guarded/a', 'X-Pass' => 1)->status, 200, 'a page behind Require';
is get('/guarded/b')->status, 403, 'is refused';
is get('/guarded/a')->status, 200, 'once it is kept, it is sent to anybody: as documented';
is $server->get('/guarded/a', Host => 'slow.test', 'X-Pass' => 1)->status, 200, 'SSRCacheQuick off: kept as well';
is $server->get('/guarded/a', Host => 'slow.test')->status, 403, 'and refused';

get('/b/c');
ok is_quick(get('/b/c')), 'a plain path';
for my $path ('/b//c', '/b/./c', '/b/%63', '/x/../b/c') {
    my $r = get($path);
    ok !is_quick($r), "$path: the normal way";
    like $r->header('Cache-Status'), qr/hit/, "$path: which finds it";
}
ok !is_quick(get('/a', Authorization => 'Basic eDp5')), 'Authorization: the normal way';
is $server->request('POST', '/a', Host => 'quick.test')->status, 405, 'POST: the normal way';

done_testing;

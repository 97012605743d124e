# SPDX-License-Identifier: Apache-2.0
#
# The configurations that docs/caching.md and docs/directives.md recommend.
use strict;
use warnings;
use V8Test;

expect_log(qw(V8SSR0073));

my $server = own_server(children => 1, limit => 1, config => <<'CONF');
SSRIsolates 1
SSREngine on
SSRBundle pages "${TOP}/bundles/test/pages.js"
SSRCache on
SSRCacheTTL 1m
SSRCacheHeader cache-status
<LocationMatch "^/(account|cart|checkout)">
    SSRCache off
</LocationMatch>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName lang.test
    RequestHeader edit Accept-Language "^(de|fr).*$" "$1" early
    RequestHeader edit Accept-Language "^(?!(de|fr)$).*$" "en" early
    SSRCacheKey host path query header:Accept-Language
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName theme.test
    SSRCacheKey host path query cookie:theme
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName purge.test
    <Location />
        SSRCachePurge on
        Require all granted
        <If "%{REQUEST_METHOD} == 'PURGE'">
            Require ip 127.0.0.1
        </If>
    </Location>
    <Location /refused>
        <If "%{REQUEST_METHOD} == 'PURGE'">
            Require ip 192.0.2.1
        </If>
    </Location>
</VirtualHost>
CONF

sub get { my ($host, $path, @more) = @_; return $server->get($path, Host => $host, @more) }
sub said { return get(@_)->header('Cache-Status') // 'nothing' }
sub language { return get('lang.test', '/l?vary=Accept-Language', 'Accept-Language' => $_[0])->body =~ /render (\d+)/ && $1 }

# --- a shop -------------------------------------------------------------------

like get('shop.test', '/', Cookie => 'session=1')->body, qr/sees \["host"\]/, 'pages for all see no cookie';
like said('shop.test', '/', Cookie => 'session=2'), qr/; hit/, 'and are the same for all';
like get('shop.test', '/cart', Cookie => 'session=1')->body, qr/"cookie"/, 'others see it';
is said('shop.test', '/cart', Cookie => 'session=1'), 'nothing', 'and are not kept';

# --- languages ----------------------------------------------------------------

my ($de, $fr, $en) = map { language($_) } 'de-DE,de;q=0.9', 'fr', 'pt-BR,pt;q=0.9';
is scalar keys %{ { map { $_ => 1 } $de, $fr, $en } }, 3, 'three languages, three pages';
is language($_->[0]), $_->[1], "$_->[0]: one of them" for ['de', $de], ['fr-CH, fr;q=0.9', $fr], ['en', $en], ['it', $en];

# --- a theme ------------------------------------------------------------------

my @dark = ('theme.test', '/t?vary=Cookie', Cookie => 'session=1; theme=dark');
like get(@dark)->body, qr/sees \["cookie","host"\]/, 'the theme is seen';
like said(@dark[0 .. 2], 'theme=dark; session=2'), qr/; hit/, 'and counts alone';
like said(@dark[0 .. 2], 'theme=light'), qr/fwd=miss; stored/, 'another is another page';

# --- why not ------------------------------------------------------------------

for my $row (['cc=private', 'private'], ['cc=no-store', 'no-store'], ['cc=no-cache', 'no-cache'],
    ['cc=max-age%3D0', 'no-lifetime'], ['cookie=1', 'set-cookie'], ['vary=X', 'vary'], ['vary=*', 'vary'],
    ['status=202', 'status'], ['tag=' . 'x' x 257, 'tags']) {
    my ($query, $reason) = @$row;
    is said('shop.test', "/why?$query"), "v8ssr; fwd=miss; detail=$reason", substr($query, 0, 20) . ": $reason";
    is said('shop.test', "/why?$query"), "v8ssr; fwd=bypass; detail=$reason", 'and is known';
}
is said('shop.test', '/', Authorization => 'Basic eDp5'), 'v8ssr; fwd=bypass', 'Authorization';
is said('theme.test', '/' . 'x' x 4000, Cookie => 'theme=' . 'y' x 4200), 'v8ssr; fwd=bypass', 'a key that is too long';

# --- PURGE among pages that are for everybody -------------------------------------

is get('purge.test', '/p')->status, 200, 'a page';
like said('purge.test', '/p'), qr/; hit/, 'kept';
is $server->request('PURGE', '/p', Host => 'purge.test')->status, 200, 'PURGE for those who may';
like said('purge.test', '/p'), qr/fwd=miss/, 'purges it';
is get('purge.test', '/refused')->status, 200, 'where nobody may: a page';
is $server->request('PURGE', '/refused', Host => 'purge.test')->status, 403, 'PURGE: 403';
like said('purge.test', '/refused'), qr/; hit/, 'which purges nothing';

done_testing;

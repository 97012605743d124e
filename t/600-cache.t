# SPDX-License-Identifier: Apache-2.0
#
# SSRCache: what is stored, for how long, under which key, and what clients see
# of it.
use strict;
use warnings;
use V8Test;

expect_log(qw(V8SSR0073));

my $server = own_server(children => 1, limit => 1, config => <<'CONF');
SSRIsolates 1
SSREngine on
SSRBundle pages "${TOP}/bundles/test/pages.js"
SSRBundle echo "${TOP}/bundles/test/echo.js"
SSRMap / pages
SSRMap /echo echo
SSRCache on
SSRCacheHeader cache-status
CustomLog cache_log "%U %{ssr-cache}n"
<Location /ttl>
    SSRCacheTTL 1h
</Location>
<Location /off>
    SSRCache off
    SSRCacheTTL 1h
</Location>
<Location /x>
    SSRCacheTTL 1h
    SSRCacheHeader x-cache
</Location>
<Location /lang>
    SSRCacheTTL 1h
    SSRCacheKey host path query header:Accept-Language cookie:theme
</Location>
<LocationMatch ^/(path|echo)>
    SSRCacheTTL 1h
    SSRCacheKey path
</LocationMatch>
<Location /ref>
    SSRCacheTTL 1h
    SSRCacheIgnoreQuery ref_*
</Location>
CONF

# The number of the render that made a page.
sub render_of { return $_[0]->body =~ / render (\d+) / ? $1 : 'none' }
sub get { return $server->get(@_) }
sub status_of { return $_[0]->header('Cache-Status') // '' }

# 1: the second request gets the first one's page.
sub is_kept {
    my ($target, @headers) = @_;
    my $first = get($target, @headers);
    my $second = get($target, @headers);
    return render_of($first) eq render_of($second);
}

# --- lifetime: who says it ---------------------------------------------------

my $miss = get('/ttl/a');
like status_of($miss), qr/^v8ssr; fwd=miss; stored$/, 'a first request: a miss, stored';
is $miss->header('Age'), undef, 'a miss has no Age';
my $hit = get('/ttl/a');
is $hit->status, 200, 'a hit: 200';
is $hit->body, $miss->body, 'a hit: the same page';
like status_of($hit), qr/^v8ssr; hit; ttl=(?:3600|359\d)$/, 'a hit: with what is left of its time';
like $hit->header('Age'), qr/^\d$/, 'a hit: Age';
is $hit->header('Content-Type'), $miss->header('Content-Type'), 'a hit: its type';
is $hit->header('ETag'), $miss->header('ETag'), 'a hit: its ETag';
is $hit->header('Content-Length'), length $hit->body, 'a hit: Content-Length';

ok !is_kept('/a'), 'nothing says a lifetime: not stored';
like status_of(get('/a')), qr/^v8ssr; fwd=bypass; detail=/, 'which is known then, and said';
ok is_kept('/b?cc=max-age%3D60'), 'Cache-Control of the answer: stored';
ok is_kept('/c?cc=s-maxage%3D60,%20max-age%3D0'), 's-maxage is for us, max-age for clients';
ok !is_kept('/ttl/d?cc=max-age%3D0'), 'max-age=0: not stored, whatever SSRCacheTTL';
ok !is_kept("/ttl/e?cc=$_"), "$_: not stored" for qw(no-store private no-cache);
ok !is_kept('/ttl/f?cookie=1'), 'Set-Cookie: not stored';
ok !is_kept('/ttl/f2?cookie=1'), 'Set-Cookie: nor another time';
is scalar(log_lines($server, qr/V8SSR0073: bundle pages, \/ttl\/f\?cookie=1/)), 1, 'which is said once';
ok !is_kept('/ttl/g?status=404'), '404: not stored';
ok is_kept('/g?status=404&cc=max-age%3D60'), '404 with a lifetime of its own: stored';
is get('/g?status=404&cc=max-age%3D60')->status, 404, 'and still a 404';
ok !is_kept('/ttl/h', Authorization => 'Basic eDp5'), 'with Authorization: not stored';
ok is_kept('/ttl/h'), 'without: stored';
ok !is_kept('/ttl/h', Authorization => 'Basic eDp5'), 'nor served to one with it';
ok !is_kept('/off/a'), 'SSRCache off';
is status_of(get('/off/a')), '', 'SSRCache off: no Cache-Status';

# --- what the key holds --------------------------------------------------------

my $render = render_of(get('/ttl/k?b=2&a=1'));
is render_of(get('/ttl/k?a=1&b=2')), $render, 'the order of parameters does not count';
is render_of(get('/ttl/k?a=1&utm_source=x&b=2&fbclid=y')), $render, 'nor what advertisers add';
like get('/ttl/k?a=1&utm_source=x&b=2')->body, qr{/ttl/k\?a=1&b=2 render}, 'which the bundle does not see';
isnt render_of(get('/ttl/k?a=1&b=3')), $render, 'values do';
isnt render_of(get('/ttl/k')), $render, 'a missing query does';
is render_of(get('/ref/k?a=1&ref_x=1')), render_of(get('/ref/k?a=1&ref_y=2')), 'SSRCacheIgnoreQuery';
isnt render_of(get('/ref/k?utm_source=1')), render_of(get('/ref/k')), 'SSRCacheIgnoreQuery: instead of the usual';
isnt render_of(get('/ttl/k', Host => 'other.test')), render_of(get('/ttl/k')), 'hosts have pages of their own';
is render_of(get('/ttl/k', Host => 'OTHER.test.')), render_of(get('/ttl/k', Host => 'other.test')),
    'but for case and a final dot';
is render_of(get('/path/k', Host => 'a.test')), render_of(get('/path/k?x=1', Host => 'b.test')),
    'SSRCacheKey path: nothing else counts';
unlike get('/path/k2?x=1', Host => 'secret.test')->body, qr/secret|x=1|host/, 'or is seen';
unlike get('/echo/k?x=1', Host => 'secret.test')->body, qr/secret|x=1/, 'not in ctx.request.url, either';
like get('/echo/k')->body, qr{"url":"http://127\.0\.0\.1/echo/k"}, 'which has ServerName';

my %de = ('Accept-Language' => 'de', Cookie => 'id=7; theme=dark');
like get('/lang/k', %de)->body, qr/sees \["accept-language","cookie","host"\]/, 'header and cookie of the key are seen';
like get('/ttl/k9', %de, 'X-Id' => 1)->body, qr/sees \["host"\]/, 'others are not';
is render_of(get('/lang/k', %de, Cookie => 'theme=dark; id=8')), render_of(get('/lang/k', %de)),
    'a cookie that is not in the key does not count';
isnt render_of(get('/lang/k', %de, Cookie => 'theme=light')), render_of(get('/lang/k', %de)), 'one that is does';
isnt render_of(get('/lang/k', %de, 'Accept-Language' => 'fr')), render_of(get('/lang/k', %de)), 'as does a header';
ok is_kept('/lang/v?vary=Accept-Language'), 'Vary: by what is in the key: stored';
ok !is_kept('/ttl/v?vary=Accept-Language'), 'Vary: by what is not: not stored';
ok !is_kept('/ttl/w?vary=*'), 'Vary: *: not stored';

# --- methods and conditions -------------------------------------------------------

my $page = get('/ttl/m?kb=20');
my $head = $server->request('HEAD', '/ttl/m?kb=20');
is $head->status, 200, 'HEAD: 200';
is $head->header('Content-Length'), length $page->body, 'HEAD: the length of the page';
is $head->body, '', 'HEAD: no body';
like status_of($head), qr/hit/, 'HEAD: a hit';
$head = $server->request('HEAD', '/ttl/m2');
like get('/ttl/m2')->body, qr/render/, 'a page that HEAD stored has its body';
like status_of(get('/ttl/m2')), qr/hit/, 'and is a hit';
my $not = get('/ttl/m?kb=20', 'If-None-Match' => $page->header('ETag'));
is $not->status, 304, 'If-None-Match: 304';
is $not->body, '', 'a 304 has no body';
is $not->header('ETag'), $page->header('ETag'), 'but the ETag';
is get('/ttl/m?kb=20', 'If-None-Match' => '"other"')->status, 200, 'another tag: 200';
my $part = get('/ttl/m?kb=20', Range => 'bytes=10-29');
is $part->status, 206, 'Range: 206';
is $part->body, substr($page->body, 10, 20), 'Range: the bytes';
is get('/ttl/n?etag="own"')->header('ETag'), '"own"', "the bundle's own ETag";
is get('/ttl/n?etag="own"', 'If-None-Match' => '"own"')->status, 304, 'is compared';

# --- large and many ------------------------------------------------------------------

for my $kb (1, 4, 5, 50, 1000, 5000) {
    my $first = get("/ttl/large?kb=$kb");
    my $again = get("/ttl/large?kb=$kb");
    like status_of($again), qr/hit/, "$kb KB: a hit";
    ok $again->body eq $first->body, "$kb KB: byte by byte";
}

# --- what is said -----------------------------------------------------------------------

get('/x/a');
is get('/x/a')->header('X-Cache'), 'HIT', 'SSRCacheHeader x-cache';
is get('/x/a')->header('Cache-Status'), undef, 'SSRCacheHeader x-cache: no other';
is get('/ttl/t?tag=a,b')->header('Cache-Tag'), undef, 'Cache-Tag does not leave the server';
my $log = "$server->{root}/cache_log";
my $logged = sub { open my $fh, '<', $log or return ''; local $/; <$fh> };
ok wait_for { $logged->() =~ m{^/x/a miss\n/x/a hit$}m }, 'LogFormat %{ssr-cache}n';

done_testing;

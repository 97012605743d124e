# SPDX-License-Identifier: Apache-2.0
#
# ctx.cache and ctx.nonce: what a bundle says of its page while it renders, its
# fragments, what it makes others forget.
use strict;
use warnings;
use JSON::PP;
use V8Test;

expect_log(qw(V8SSR0006));

my $server = own_server(children => 1, limit => 1, config => <<'CONF');
SSRIsolates 1
SSREngine on
SSRBundle ctx "${TOP}/bundles/test/ctx.js"
SSRCache on
SSRCacheHeader cache-status
AddOutputFilterByType BROTLI_COMPRESS text/html
<Location /nonce/out>
    SSRCache off
</Location>
<Location /fragment/ttl>
    SSRCacheTTL 1h
</Location>
<Location />
    SSRCachePurge on
    Require local
</Location>
CONF

my $json = JSON::PP->new->canonical;
sub escaped { my ($text) = @_; $text =~ s/([^\w])/sprintf '%%%02X', ord $1/ge; return $text }
sub target { my ($path, $value) = @_; return "$path?" . escaped(ref $value ? $json->encode($value) : $value) }
sub get { my ($target, @headers) = @_; return $server->get($target, @headers) }
sub status_of { return $_[0]->header('Cache-Status') // '' }
sub is_kept { my ($target) = @_; get($target); return status_of(get($target)) =~ /; hit/ }

# --- set ------------------------------------------------------------------------

ok is_kept(target('/set/a', { maxAge => 60 })), 'maxAge: stored';
like status_of(get(target('/set/a', { maxAge => 60 }))), qr/; ttl=(?:60|5\d)$/, 'for as long';
ok !is_kept(target('/set/b', { tags => ['x'] })), 'tags alone give no lifetime';
ok !is_kept(target('/set/c', { maxAge => 60, private => JSON::PP::true })), 'private: not stored';
is get(target('/set/c', { private => JSON::PP::true }))->header('Cache-Control'), 'private',
    'private: nor by clients that share';
my $r = get(target('/set/d', { maxAge => 60, tags => ['x', 'y z'] }));
is $r->header($_), undef, "$_ is not sent" for 'CDN-Cache-Control', 'Cache-Tag';
ok is_kept(target('/both/a', { maxAge => 60, tags => ['mine'], vary => 'Host' })), 'beside fields of its own';
$r = get(target('/both/a', { maxAge => 60, tags => ['mine'], vary => 'Host' }));
like status_of($r), qr/; ttl=(?:60|5\d)$/, 'what ctx says goes before Cache-Control';
is $r->header('Cache-Control'), 'max-age=5', 'which clients get';
$server->request('PURGE', '/', 'SSR-Purge-Tags' => 'own');
ok is_kept(target('/both/a', { maxAge => 60, tags => ['mine'] })), 'kept again';
unlike status_of(get(target('/both/c', { maxAge => 60, vary => 'X-Own' }))), qr/stored/, 'Vary of both counts';
is $server->request('PURGE', '/', 'SSR-Purge-Tags' => 'mine')->status, 200, 'a purge by a tag of ctx';
unlike status_of(get(target('/both/a', { maxAge => 60, tags => ['mine'] }))), qr/; hit/, 'forgets it';
ok is_kept(target('/twice/a', [{ maxAge => 60 }, { swr => 5 }])), 'set twice: what was said stays';
ok !is_kept(target('/twice/b', [{ maxAge => 60 }, { maxAge => 0 }])), 'and the last word counts';

sub refusal {
    my ($path, $value, $message, $name) = @_;
    my $since = length $server->log_text;
    is get(target($path, $value))->status, 500, "$name: an error";
    ok wait_for { substr($server->log_text, $since) =~ /\Q$message\E/ }, "$name: says what was expected";
}
refusal('/set/x', { maxAge => 'long' }, 'ctx.cache.set: maxAge: seconds from 0 to 31536000 were expected', 'maxAge');
refusal('/set/x', { maxage => 1 },
    'ctx.cache.set: maxAge, swr, staleIfError, tags, vary, private were expected, not maxage', 'a name that is not known');
refusal('/set/x', { tags => ['a,b'] }, 'ctx.cache.set: tags: a tag without comma was expected', 'a tag');
refusal('/set/x', { vary => 'a b' }, "ctx.cache.set: vary: a header's name was expected", 'vary');
refusal('/set/x', 'null', 'ctx.cache.set: an object was expected', 'no object');
refusal('/invalidate/x', {}, 'ctx.cache.invalidate: tags or path was expected', 'nothing to forget');
refusal('/invalidate/x', { path => 'a' }, 'ctx.cache.invalidate: path: a path that begins with / was expected', 'a path');
refusal('/invalidate/x', { path => '/a*' }, 'ctx.cache.invalidate: /DIRECTORY/* was expected', 'a part of a name');
refusal('/fragment/x', ['', {}, 'v'], 'ctx.cache.fragment: key: a string was expected', 'no key');
refusal('/fragment/x', ['k' x 5000, { maxAge => 1 }, 'v'], 'a key of at most 4096 bytes was expected', 'a long key');
refusal('/fragment/x', ['k', { swr => 1 }, 'v'], 'maxAge, staleIfError, tags were expected, not swr', 'an option');
get('/keep');
refusal('/kept', '', 'the render that this ctx belongs to has ended', 'the ctx of another render');

# --- invalidate -------------------------------------------------------------------

ok is_kept(target('/set/t', { maxAge => 60, tags => ['red'] })), 'a page with a tag';
ok is_kept(target('/set/u', { maxAge => 60 })), 'and one without';
is get(target('/invalidate/a', { tags => 'red' }))->body, 'done', 'invalidate({tags})';
unlike status_of(get(target('/set/t', { maxAge => 60, tags => ['red'] }))), qr/; hit/, 'forgets that page';
like status_of(get(target('/set/u', { maxAge => 60 }))), qr/; hit/, 'not others';
get(target('/invalidate/b', { path => '/set/u' }));
unlike status_of(get(target('/set/u', { maxAge => 60 }))), qr/; hit/, 'invalidate({path})';
ok is_kept(target('/set/dir/u', { maxAge => 60 })), 'a page in a directory';
get(target('/invalidate/c', { path => ['/set/dir/*'] }));
unlike status_of(get(target('/set/dir/u', { maxAge => 60 }))), qr/; hit/, 'goes with it';
my $stale = target('/set/s', { maxAge => 60, swr => 60, tags => ['soft'] });
my $before = (is_kept($stale), get($stale)->body)[1];
get(target('/invalidate/d', { tags => ['soft'], soft => JSON::PP::true }));
is get($stale)->body, $before, 'soft: the stale page once more';
ok wait_for { get($stale)->body ne $before }, 'and a new one soon';
ok !is_kept('/suicide'), 'a page that is purged while it is rendered is not stored';

# --- fragments --------------------------------------------------------------------

# "kind JSON made N"
sub fragment { return get(target('/fragment/' . shift, [@_]))->body =~ s/ render \d+$//r }
is fragment(a => 'a', { maxAge => 60 }, 'one'), 'string "one" made 1', 'a fragment is made';
is fragment(a => 'a', { maxAge => 60 }, 'two'), 'string "one" made 1', 'once';
is fragment(other => 'a', { maxAge => 60 }, 'two'), 'string "one" made 1', 'for all pages';
is fragment(a => 'b', { maxAge => 60 }, { x => [1, undef] }), 'object {"x":[1,null]} made 2', 'JSON is made';
is fragment(a => 'b', { maxAge => 60 }, 'two'), 'object {"x":[1,null]} made 2', 'and kept';
is fragment(a => 'p', { maxAge => 60 }, { promise => 'late' }), 'promise "late" made 3', 'a promise';
is fragment(a => 'p', { maxAge => 60 }, 'two'), 'promise "late" made 3', 'comes as a promise from the cache, too';
like fragment(a => 'none', {}, 'x'), qr/made 4$/, 'no lifetime:';
like fragment(a => 'none', {}, 'x'), qr/made 5$/, 'not kept';
like fragment('ttl' => 'ttl', {}, 'x'), qr/made 6$/, 'SSRCacheTTL:';
like fragment('ttl' => 'ttl', {}, 'x'), qr/made 6$/, 'is the default';
like fragment(a => 't', { maxAge => 60, tags => ['tf'] }, 'x'), qr/made 7$/, 'with a tag';
$server->request('PURGE', '/', 'SSR-Purge-Tags' => 'tf');
like fragment(a => 't', { maxAge => 60, tags => ['tf'] }, 'x'), qr/made 8$/, 'a purge by tag: made anew';
$server->request('PURGE', '/', 'SSR-Purge-All' => 1);
like fragment(a => 't', { maxAge => 60 }, 'x'), qr/made 9$/, 'a purge of the host, too';

get('/failing?on');
is fragment(a => 'f', { maxAge => 60 }, 'ok'), 'string "ok" made 10', 'one that fails later';
get('/failing?off');
is fragment(a => 'e', { maxAge => 0, staleIfError => 60 }, { fail => 'x' }), 'object {"fail":"x"} made 11', 'old at once';
is fragment(a => 'l', { maxAge => 0, staleIfError => 60 }, { late => 'x' }), 'object {"late":"x"} made 12', 'another';
get('/failing?on');
is fragment(a => 'e', { maxAge => 0, staleIfError => 60 }, { fail => 'x' }), 'object {"fail":"x"} made 13',
    'staleIfError: the old one when its function throws';
is fragment(a => 'l', { maxAge => 0, staleIfError => 60 }, { late => 'x' }), 'promise {"late":"x"} made 14',
    'or its promise is rejected';
is get(target('/fragment/x', ['new', { maxAge => 60 }, { fail => 'thrown by its function' }]))->status, 500,
    'nothing old: the error is the page\'s';

# --- caches.default ---------------------------------------------------------------

my $calls = 0;
sub caches { return get(target('/caches/' . $calls++, [@_]))->body }
my $hour = { 'Cache-Control' => 'max-age=3600', 'Content-Type' => 'text/x' };
is caches(match => '/c/a'), 'nothing', 'caches.default: nothing is there';
is caches(put => '/c/a', "\x{41}bc", $hour, 201), 'put', 'put';
is caches(match => '/c/a'), '[201,"text/x",[65,98,99]]', 'match: status, fields and body';
is caches(match => 'http://127.0.0.1/c/a'), '[201,"text/x",[65,98,99]]', 'as a whole URL';
caches(put => '/c/bytes', { bytes => [0, 255, 128, 10] }, $hour);
is caches(match => '/c/bytes'), '[200,"text/x",[0,255,128,10]]', 'bytes that are no text';
is caches(delete => '/c/a'), 'true', 'delete says that it was there';
is caches(match => '/c/a'), 'nothing', 'and it is gone';
is caches(delete => '/c/a'), 'false', 'which it says, too';
is caches(match => '/c/bytes'), '[200,"text/x",[0,255,128,10]]', 'others stay';
for my $control (qw(no-store private no-cache max-age=0)) {
    caches(put => "/c/$control", 'x', { 'Cache-Control' => $control });
    is caches(match => "/c/$control"), 'nothing', "$control: not kept";
}
caches(put => '/c/tag', 'x', { %$hour, 'Cache-Tag' => 'one, two' });
like caches(match => '/c/tag'), qr/^\[200/, 'one with tags';
$server->request('PURGE', '/', 'SSR-Purge-Tags' => 'two');
is caches(match => '/c/tag'), 'nothing', 'is purged by one of them';
refusal('/caches/x', [put => '/c/part', 'x', {}, 206], 'caches.default.put: a whole response was expected', 'a part');
refusal('/caches/x', [put => '/c/vary', 'x', { Vary => '*' }], 'caches.default.put: a response that does not vary', 'Vary: *');

# --- nonce ------------------------------------------------------------------------

# The nonce of a page, which is the same in all three places.
sub nonce_of {
    my ($r) = @_;
    my ($one, $two) = $r->body =~ /nonce="([0-9a-f]{32})"/g;
    is $two, $one, 'one nonce in a page';
    is $r->header('Content-Security-Policy'), "script-src 'nonce-$one'", 'and in its header';
    return $one;
}
for my $filler (0, 5000, 70000) {
    my $first = get("/nonce/$filler?$filler");
    my $second = get("/nonce/$filler?$filler");
    my $third = get("/nonce/$filler?$filler");
    like status_of($second), qr/; hit/, "with $filler bytes between: a cached page";
    is length $second->body, length $first->body, 'as long';
    my %seen = map { nonce_of($_) => 1 } $first, $second, $third;
    is keys %seen, 3, 'a nonce of its own for each answer';
    is $second->header('ETag'), undef, 'no ETag: a client that keeps the page would get another nonce';
    is $second->header('v8ssr-nonce'), undef, 'the store\'s own field is not sent';
    is $first->body =~ s/[0-9a-f]{32}//gr, $second->body =~ s/[0-9a-f]{32}//gr, 'else the same';
}
my $br = get('/nonce/br?5000', 'Accept-Encoding' => 'br');
is $br->header('Content-Encoding'), 'br', 'compressed';
get('/nonce/br?5000', 'Accept-Encoding' => 'br');
$r = get('/nonce/br?5000', 'Accept-Encoding' => 'br');
like status_of($r), qr/; hit/, 'compressed: a hit';
isnt $r->header('Content-Security-Policy'), $br->header('Content-Security-Policy'), 'with another nonce';
isnt nonce_of(get('/nonce/out')), nonce_of(get('/nonce/out')), 'SSRCache off: another one for each render';
ok is_kept('/unused'), 'a nonce that is not in the page: stored as any';
isnt get('/unused')->header('ETag'), undef, 'with its ETag';

done_testing;

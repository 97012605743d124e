# SPDX-License-Identifier: Apache-2.0
#
# SSRCacheRecompress: what is asked for often is compressed once more, as well as
# it goes; nothing else changes, and nothing comes back that was purged.
use strict;
use warnings;
use IO::Uncompress::Gunzip qw(gunzip);
use JSON::PP qw(decode_json);
use Time::HiRes qw(time);
use V8Test;

my $server = prepare_server(children => 2, limit => 2, threads => 16);
{
    open my $fh, '>', "$server->{root}/words.js" or die $!;
    print {$fh} <<'JS';
let renders = 0;
globalThis.renderPage = (url) => {
  let seed = 7; // xorshift: text that does not repeat takes its time at the highest level
  const dice = () => { seed ^= seed << 13; seed ^= seed >>> 17; seed ^= seed << 5; return seed >>> 0; };
  const words = Array.from({ length: 200 }, () => dice().toString(36).slice(0, 3));
  const kb = Number(/\bkb=(\d+)/.exec(url)?.[1] ?? 30);
  let text = `<p>${url} render ${++renders} ${Math.random()}</p>`;
  while (text.length < kb * 1024) text += words[dice() % 200] + ' ';
  // ?until=TIME: short-lived when it is rendered before that
  const until = Number(/\buntil=(\d+)/.exec(url)?.[1] ?? 0);
  return { body: text, headers: { 'content-type': 'text/html',
                                  'CDN-Cache-Control': `max-age=${Date.now() < until ? 1 : 3600}` } };
};
JS
    close $fh or die $!;
    chmod 0644, "$server->{root}/words.js";
}
$server->configure(<<"CONF");
SSRIsolates 1
SSRTimeout 30s
SSREngine on
SSRBundle words "$server->{root}/words.js"
SSRCache on
SSRCacheTTL 1h
SSRCacheHeader cache-status
BrotliCompressionQuality 1
DeflateCompressionLevel 1
AddOutputFilterByType BROTLI_COMPRESS;DEFLATE text/html
SSRCacheRecompress br=11 gzip=9 after=5
<Location /off>
    SSRCacheRecompress off
</Location>
<Location /gzip>
    SSRCacheRecompress gzip=9 after=1
</Location>
<Location /same>
    SSRCacheRecompress br=1 after=1
</Location>
<Location /late>
    SSRCacheRecompress br=11 after=1000
</Location>
<Location />
    SSRCachePurge on
    Require all granted
</Location>
<Location /status>
    SetHandler v8ssr-status
</Location>
CONF
$server->launch->wait_up or die 'no server';

sub get { my ($target, $coding, @more) = @_;
    return $server->get($target, ($coding ? ('Accept-Encoding' => $coding) : ()), @more) }
sub figure { return decode_json($server->get('/status?json')->body)->{cache}{ $_[0] } }
sub plain {
    my ($r) = @_;
    my $coding = $r->header('Content-Encoding') // '';
    my $body = $r->body;
    if ($coding eq 'gzip') { gunzip(\$body, \my $text); return $text }
    return $body if $coding ne 'br';
    open my $fh, '>:raw', "$server->{root}/body.br" or die $!;
    print {$fh} $body;
    close $fh or die $!;
    return scalar `brotli -dc $server->{root}/body.br`;
}
# Until the stored form is the better one.
sub wait_best {
    my ($target, $coding) = @_;
    my $r;
    # the lowest priority may have to wait for a machine that is busy
    my $is_best = wait_for { ($r = get($target, $coding))->header('ETag') =~ /-best"$/ } 100;
    return undef if !$is_best;
    return $r;
}
sub lines_of { return scalar log_lines($server, qr/V8SSR0095: bundle words, \Q$_[0]\E(?:\?\S*)?: $_[1] compressed once more/) }

# --- what changes -------------------------------------------------------------------

for my $coding (qw(br gzip)) {
    my $page = "/page-$coding";
    my $first = get($page, $coding);
    my $text = plain($first);
    my @forms = map { get($page, $coding) } 1 .. 4; # hits
    is scalar(grep { $_->body ne $first->body } @forms), 0, "$coding: four hits: the first form";
    my $best = wait_best($page, $coding);
    ok $best, "$coding: hit often enough, there is another";
    cmp_ok length $best->body, '<', length $first->body, "$coding: which is smaller";
    is plain($best), $text, "$coding: the same page";
    is $best->header('Content-Length'), length $best->body, "$coding: with its length";
    like $best->header('Cache-Status'), qr/; hit; ttl=\d/, "$coding: a hit";
    my ($tag) = get($page)->header('ETag') =~ /^"(.*)"$/;
    is $best->header('ETag'), qq("$tag-$coding-best"), "$coding: with a tag of its own";
    is get($page, $coding, 'If-None-Match' => $best->header('ETag'))->status, 304, "$coding: 304 for it";
    is get($page, $coding, 'If-None-Match' => qq("$tag-$coding"))->status, 200, "$coding: not for the old one";
    is get($page, $coding, Range => 'bytes=3-9')->body, substr($best->body, 3, 7), "$coding: Range: of the form";
    is get($page)->body, $text, "$coding: the page as it is has not changed";
}
is figure('recompressed'), 2, 'v8ssr-status counts';
ok wait_for { lines_of('/page-br', 'br') == 1 }, 'one line';
get('/page-br', 'br') for 1 .. 30;

# --- where, and when ------------------------------------------------------------------

get('/off', 'br') for 1 .. 30;
get('/late', 'br') for 1 .. 30;
get('/gzip', 'br') for 1 .. 30;
ok wait_best('/gzip', 'gzip'), 'after=1, gzip= alone: gzip';
get('/same', 'br');
my $same = get('/same', 'br')->body;
ok wait_best('/same', 'br'), 'no smaller one is to be had';
is get('/same', 'br')->body, $same, 'the old form stays';
unlike get($_, 'br')->header('ETag'), qr/best/, "$_: not br" for qw(/off /late /gzip);
is figure('recompressed'), 4, 'once each';

# --- not what is gone -------------------------------------------------------------------

# Seconds to compress, which a render and a purge overtake.
my $large = '/large?kb=500';
get($large, 'br');
get($large, 'br') for 1 .. 5;
my $stored = figure('stored');
is $server->request('PURGE', '/large')->status, 200, 'a page is purged while it is compressed';
is figure('recompressed'), 4, 'which was still going on';
is figure('stored'), $stored, 'and has stored nothing yet';
# its turn comes when that one has ended: one at a time
get('/after', 'br');
ok wait_best('/after', 'br'), 'then another page has its turn';
is lines_of('/large', 'br'), 0, 'nothing was stored of the purged one';
is figure('recompressed'), 5, 'nor counted';
unlike get($large, 'br')->header('Cache-Status'), qr/hit/, 'it is rendered';

# The first render is fresh for a second, the next one for long.
my $renewed = '/renewed?kb=1000&until=' . int(1000 * (time + 0.9));
my $old = get($renewed, 'br');
get($renewed, 'br') for 1 .. 5;
my $new;
ok wait_for { ($new = get($renewed, 'br'))->header('ETag') ne $old->header('ETag') },
    'a page is rendered anew while it is compressed';
is figure('recompressed'), 5, 'which was still going on';
get('/after2', 'br');
ok wait_best('/after2', 'br'), 'another one has its turn';
is lines_of('/renewed', 'br'), 0, 'the old one was not stored';
is plain(get($renewed, 'br')), plain($new), 'the new one is what clients get';

# --- one at a time, and the end -----------------------------------------------------------

my @pages = map { "/many/$_?kb=100" } 1 .. 8;
my $all = wait_for { 8 == grep { get($_, 'br')->header('ETag') =~ /-best/ } @pages } 100;
ok $all, 'eight pages, of two children';
ok wait_for { log_lines($server, qr{V8SSR0095: bundle words, /many/}) == 8 }, 'a line for each';
my @times = sort { $a->[0] <=> $b->[0] } map {
    /\b(\d\d):(\d\d):(\d\d\.\d+) .*V8SSR0095: .* in (\d+) ms/ or die $_;
    my $end = $1 * 3600 + $2 * 60 + $3;
    [$end - $4 / 1000, $end] } log_lines($server, qr{V8SSR0095: bundle words, /many/});
is scalar(grep { $times[$_][0] < $times[$_ - 1][1] } 1 .. $#times), 0, 'one after the other';

get('/huge?kb=12000', 'br') for 1 .. 7;
cmp_ok $server->stop, '>=', 0, 'httpd ends, though a page is being compressed';
unlike $server->log_text, qr/still did not exit/, 'without waiting for it';

done_testing;

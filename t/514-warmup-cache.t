# SPDX-License-Identifier: Apache-2.0
#
# SSRWarmup and SSRCache: the pages are in the cache as if a client had asked for
# them, put there by one child, in the background.
use strict;
use warnings;
use JSON::PP;
use V8Test;

expect_log(qw(V8SSR0091 V8SSR0092 V8SSR0097));
may_log('V8SSR0016'); # it is stopped in the midst of its warm-up

my $server = prepare_server(children => 2, limit => 4, threads => 16);

sub put {
    my ($name, $text) = @_;
    open my $fh, '>', "$server->{root}/$name.new" or die $!;
    print {$fh} $text;
    close $fh or die $!;
    chmod 0644, "$server->{root}/$name.new";
    rename "$server->{root}/$name.new", "$server->{root}/$name" or die $!;
}

# Says what it saw, and when it was rendered; ?ms=300 takes its time.
sub bundle {
    my ($version) = @_;
    put('tells.js', <<"JS");
globalThis.renderPage = (url, ctx) => {
  const begin = Date.now();
  if (url === '/throws') throw new Error('not yet');
  if (url === '/null') return null;
  if (url === '/gone') return { status: 404, body: 'gone' };
  const until = begin + Number(/\\bms=(\\d+)/.exec(url)?.[1] ?? 0);
  while (Date.now() < until);
  const said = { version: '$version', url, at: ctx.request.url, sees: ctx.request.headers, env: ctx.env.WHERE,
                 begin, end: Date.now() };
  return { body: JSON.stringify(said) + ' '.repeat(2000), headers: { 'content-type': 'text/html' } };
};
JS
}
bundle('one');

my $usual = <<"CONF";
SSRIsolates 2
SSREngine on
SSREnv WHERE main
SSRBundle tells "$server->{root}/tells.js"
SSRCache on
SSRCacheTTL 1h
SSRCacheHeader cache-status
AddOutputFilterByType BROTLI_COMPRESS;DEFLATE text/html
<Location /off>
    SSRCache off
</Location>
<Location /brief>
    SSRCacheTTL 0
</Location>
<Location /html>
    SSREngine off
</Location>
<Location /status>
    SetHandler v8ssr-status
    Require all granted
</Location>
CONF

my $mark = 0;
sub since { return grep { /$_[0]/ } split /\n/, substr $server->log_text, $mark }
sub fills { return since(qr/V8SSR0090/) }
# Looked at, rendered, there, not for it, failed.
sub counts { return join ' ', $_[0] =~ /of (\d+) warm-up URLs (\d+) were rendered, (\d+) were there, (\d+) are not for it, (\d+) failed/ }

sub start {
    my ($text) = @_;
    $server->stop if $server->{pid};
    $mark = length $server->log_text;
    $server->configure($usual . $text);
    $server->launch->wait_up;
}
sub start_and_fill { start(@_); ok wait_for { fills() >= 1 }, 'the cache is filled'; return }
sub restart {
    $mark = length $server->log_text;
    my %old = map { $_ => 1 } $server->children;
    $server->graceful or die 'no restart';
    wait_for { my @now = $server->children; @now && !grep { $old{$_} } @now } or die 'old children stay';
}
sub get { return $server->get(@_) }
sub figures { return decode_json(get('/status?json')->body)->{cache} }
sub status_of { return $_[0]->header('Cache-Status') // '' }
sub is_hit { return status_of($_[0]) =~ /^v8ssr; hit; ttl=\d/ }
sub said { return decode_json($_[0]->body) }

# --- as if a client had asked -------------------------------------------------------

put('urls', "# some\n/list/a\n/list/b?y=2&utm_source=x&x=1\n");
start_and_fill(<<"CONF");
SSRWarmup / /off /brief /html /a%20b/../c file:urls
<Location /shut>
    Require ip 192.0.2.1
</Location>
<LocationMatch ^/lang>
    SSRCacheKey host path query header:Accept-Language
</LocationMatch>
SSRWarmup /shut /lang
<VirtualHost 127.0.0.1:\${PORT}>
    ServerName main.test
</VirtualHost>
<VirtualHost 127.0.0.1:\${PORT}>
    ServerName shop.test:8443
    ServerAlias www.shop.test
    SSREnv WHERE shop
    SSRWarmup /only-here
</VirtualHost>
CONF
# the main server is not the one that answers here: its name is the first host's
is counts((fills())[0]), '10 7 0 3 0', 'those that are for it are rendered; SSRCache off, no lifetime, no bundle';
my $before = figures();
is $before->{warmed}, 7, 'v8ssr-status counts them';
is $before->{misses}, 0, 'which are no misses';

my $r = get('/only-here', Host => 'shop.test:8443');
ok is_hit($r), "a page of a virtual host: a client's first request is a hit";
is said($r)->{env}, 'shop', 'with the SSREnv of that host';
is said($r)->{at}, 'http://shop.test:8443/only-here', 'and its ServerName';
is_deeply said($r)->{sees}, { host => 'shop.test:8443' }, 'the bundle sees what it sees of a client';
ok !is_hit(get('/only-here', Host => 'www.shop.test:8443')), 'not under another name';
ok !is_hit(get('/', Host => 'shop.test:8443')), 'a virtual host does not inherit';

# Without virtual hosts; what each client prefers.
start_and_fill("SSRWarmup / /a%20b/../c file:urls\nSSRWarmup /lang\n<Location /shut>\nRequire ip 192.0.2.1\n"
    . "</Location>\nSSRWarmup /shut\n");
$before = figures();
for my $target ('/', '/c', '/list/a', '/list/b?x=1&y=2', '/lang') {
    $r = get($target);
    ok is_hit($r), "$target: the first request is a hit";
    for my $coding (qw(br gzip)) {
        $r = get($target, 'Accept-Encoding' => $coding);
        ok is_hit($r), "$target: also in $coding";
        is $r->header('Content-Encoding'), $coding, "$target: which it is";
        is $r->header('Content-Length'), length $r->body, "$target: as it was stored";
    }
}
is said(get('/'))->{at}, 'http://127.0.0.1/', 'a page names the server as one for a client';
is get('/shut')->status, 403, 'access control is for clients';
my $after = figures();
is $after->{stored}, $before->{stored}, 'no client caused anything to be stored';
is $after->{misses}, 0, 'or rendered';
is $after->{warmed}, 6, 'all come from the warm-up, also the page that nobody may see';
is scalar(my @begun = since(qr/V8SSR0093/)), 1, 'one child of two did it';

# --- restarts ------------------------------------------------------------------------

restart();
ok wait_for { fills() >= 1 }, 'a restart';
is counts((fills())[0]), '6 0 6 0 0', 'with the same script: nothing is rendered again';
is said(get('/c'))->{version}, 'one', 'the pages stay';
bundle('two');
restart();
ok wait_for { fills() >= 1 }, 'a restart with another script';
is counts((fills())[0]), '6 6 0 0 0', 'all are rendered';
$r = get('/c', 'Accept-Encoding' => 'br');
ok is_hit($r), 'the new page is a hit';
is said(get('/c'))->{version}, 'two', 'of the new script';
$server->configure($usual . "SSRCacheSWR 1h\nSSRWarmup / /c\n");
bundle('three');
restart();
ok wait_for { fills() >= 1 }, 'once more, with SSRCacheSWR';
is counts((fills())[0]), '2 2 0 0 0', 'all are rendered';
bundle('three again');
restart();
ok wait_for { fills() >= 1 }, 'and again, where old pages may be shown';
is counts((fills())[0]), '2 2 0 0 0', 'they are stale, and rendered';
is said(get('/c'))->{version}, 'three again', 'of the new script';

# --- sitemaps ---------------------------------------------------------------------------

sub urlset {
    return qq{<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n}
        . join('', map { "  <url>\n    <loc>\n$_</loc><lastmod>2026-01-01</lastmod></url>\n" } @_) . "</urlset>\n";
}
sub wrongs { return map { s/.*V8SSR0092: //r } since(qr/V8SSR0092/) }

put('one.xml', urlset('http://127.0.0.1/m/1', 'https://127.0.0.1/m/2?a=1&amp;b=2', 'http://other.test/m/3',
    'http://127.0.0.1:8080', '/m/4', 'http://127.0.0.1/m/5#part', 'ftp://127.0.0.1/m/6'));
start_and_fill("SSRWarmup sitemap:one.xml");
is counts((fills())[0]), '4 4 0 0 0', 'the pages of a sitemap are in the cache';
ok is_hit(get($_)), "$_: a hit" for '/m/1', '/m/2?a=1&b=2', '/', '/m/5';
is_deeply [wrongs()], [qq{SSRWarmup: sitemap $server->{root}/one.xml: "http://other.test/m/3": a URL of 127.0.0.1 was }
    . "expected, or of one of its ServerAlias (line " . ((wrongs())[0] =~ /line (\d+)/)[0] . " of $server->{conf})"],
    'URLs of others are refused, with one line';
is +(since(qr/V8SSR0040/))[0] =~ /, 0 warm-up renders/, 1, 'they are not rendered before the child is ready';

put('index.xml', qq{<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">}
    . join('', map { "<sitemap><loc>$_</loc></sitemap>" } 'http://127.0.0.1/maps/a.xml', 'http://127.0.0.1/maps/b.xml')
    . '</sitemapindex>');
put("$_.xml", urlset("http://127.0.0.1/$_/1", "http://127.0.0.1/$_/2")) for qw(a b);
start_and_fill("SSRWarmup sitemap:index.xml concurrency=2");
is counts((fills())[0]), '4 4 0 0 0', 'an index names files beside it';
is_deeply [wrongs()], [], 'which is fine';

my $deep = 'http://127.0.0.1/index.xml';
for my $row (['no.xml', undef, qr/no\.xml: No such file/], ['bad.xml', '<urlset><url>', qr/bad\.xml: XML parser error/],
    ['html.xml', '<html/>', qr/html\.xml: <urlset> or <sitemapindex> was expected/],
    ['self.xml', "<sitemapindex><sitemap><loc>$deep</loc></sitemap></sitemapindex>",
        qr/index\.xml: <urlset> was expected/],
    ['up.xml', '<sitemapindex><sitemap><loc>http://127.0.0.1/x/..</loc></sitemap></sitemapindex>',
        qr/up\.xml: a URL that ends in a file's name was expected in <sitemap>/],
    ['large.xml', ' ' x (16 * 1024 * 1024 + 1), qr/large\.xml: a file of at most 16 MB was expected/],
    ['many.xml', urlset(map { "http://127.0.0.1/html/$_" } 1 .. 50_001), qr/many\.xml: at most 50000 URLs were/]) {
    my ($name, $text, $said) = @$row;
    put($name, $text) if defined $text;
    start_and_fill("SSRWarmup sitemap:$name");
    my @wrong = wrongs();
    is scalar @wrong, 1, "$name: one line";
    like $wrong[0] // '', qr/^SSRWarmup: sitemap \Q$server->{root}\E\/$said/, "$name: which says what was expected";
    is counts((fills())[0]), ($name eq 'many.xml' ? '50000 0 0 50000 0' : '0 0 0 0 0'), "$name: what is done of it";
}

# --- what goes wrong ------------------------------------------------------------------------

start_and_fill("SSRWarmup /throws /null /gone /fine cache=only");
is counts((fills())[0]), '4 1 0 0 3', 'pages that cannot be rendered';
is figures()->{warm_failures}, 3, 'are counted';
my @said = map { s/.*V8SSR0091: //r } since(qr/V8SSR0091/);
is scalar @said, 3, 'one line for each';
like $said[0], qr{^bundle tells, warm-up /throws for the cache: \S+/tells\.js:3:\d+: Error: not yet}, 'thrown';
is $said[1], 'bundle tells, warm-up /null for the cache: it was declined (null)', 'declined';
is $said[2], 'bundle tells, warm-up /gone for the cache: it was answered with status 404', 'a status';

# Another bundle than the one that answers there.
start_and_fill("SSRBundle other \"$server->{root}/tells.js\"\nSSRMap / tells\nSSRMap /o other\n"
    . "SSRWarmup / /o bundle=other cache=only");
is counts((fills())[0]), '2 1 0 1 0', 'bundle=: pages that nobody would get are not for the cache';

# --- many pages -------------------------------------------------------------------------------

# The child accepts at once; a stop does not wait; another child takes over.
put('long', join '', map { "/long/$_?ms=300\n" } 1 .. 30);
start("SSRLoadTimeout 1s\nSSRWarmup file:long cache=only");
ok wait_for { figures()->{warmed} >= 1 }, 'pages come in the background';
is scalar(fills()), 0, 'while the child serves';
my ($first) = map { /child (\d+) fills/ } since(qr/V8SSR0093/);
ok wait_for { my @now = $server->children; @now == 2 }, 'two children';
kill 'KILL', $first;
ok wait_for { since(qr/V8SSR0093/) == 2 }, 'when the child that does it is killed, another goes on';
my ($second) = map { /child (\d+) fills/ } (since(qr/V8SSR0093/))[1];
isnt $second, $first, 'another';
ok wait_for { fills() == 1 }, 'to the end';
my ($all, $rendered, $there) = split ' ', counts((fills())[0]);
is $rendered + $there, 30, 'all pages';
cmp_ok $there, '>=', 1, 'what was there is not rendered again';
cmp_ok figures()->{warmed}, '<=', 31, 'but the one that was under way';

# A page that kills whoever renders it.
bundle('deadly');
start("SSRWarmup file:long cache=only");
my %killed;
my $given_up = wait_for {
    kill 'KILL', grep { !$killed{$_}++ } map { /child (\d+) fills/ } since(qr/V8SSR0093/);
    since(qr/V8SSR0097: the cache is not filled: 5 children have died while they did it/) } 60;
ok $given_up, 'children that fill the cache die, one after the other';
is scalar(keys %killed), 5, 'five';
ok wait_for { figures() }, 'then nobody does, and the server serves';
restart();
ok wait_for { since(qr/V8SSR0093/) >= 1 }, 'a restart is another chance';

bundle('four');
start("SSRLoadTimeout 1s\nSSRWarmup file:long cache=only");
ok wait_for { figures()->{warmed} >= 1 }, 'a long list again';
cmp_ok $server->stop, '>=', 0, 'httpd ends';
like +(fills())[0], qr/has left off filling the cache/, 'in the middle of it';
unlike substr($server->log_text, $mark), qr/still did not exit|V8SSR009[12]/, 'the child left when it was told to';

start("SSRWarmup file:long cache=only");
ok wait_for { figures()->{warmed} >= 1 }, 'and again';
my %old = map { $_ => 1 } $server->children;
$server->graceful;
ok wait_for { my @now = $server->children; !grep { $old{$_} } @now }, 'a graceful restart';
like +(fills())[0], qr/has left off filling the cache/, 'ends it as well';
ok wait_for { since(qr/V8SSR0093/) == 2 }, 'and the new children go on';

# How many at a time: when each was rendered is in the page.
sub most_at_once {
    my @times = map { said(get($_)) } @_;
    my $most = 0;
    for my $at (map { $_->{begin} } @times) {
        my $n = grep { $_->{begin} <= $at && $at < $_->{end} } @times;
        $most = $n if $n > $most;
    }
    return $most;
}
my @pages = map { "/busy/$_?ms=150" } 1 .. 8;
start_and_fill("SSRWarmup @pages cache=only");
is most_at_once(@pages), 1, 'one page at a time';
bundle('five');
start_and_fill("SSRWarmup @pages cache=only concurrency=2");
is most_at_once(@pages), 2, 'concurrency=2: two';

# A client that asks for the page meanwhile waits for it.
bundle('six');
start("SSRWarmup /slow?ms=1500 cache=only");
ok wait_for { since(qr/V8SSR0093/) >= 1 }, 'a page that takes its time';
$r = get('/slow?ms=1500');
is $r->status, 200, 'a client';
ok wait_for { fills() >= 1 }, 'and the warm-up';
my $figures = figures();
is $figures->{stored}, 3, 'cause one render: as it is, and in two codings';

done_testing;

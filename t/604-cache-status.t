# SPDX-License-Identifier: Apache-2.0
#
# The render cache in v8ssr-status: what each request counts as, the same
# numbers in every format, and over restarts.
use strict;
use warnings;
use JSON::PP;
use V8Test;

expect_log(qw(V8SSR0006 V8SSR0074));

my $config = <<'CONF';
SSRIsolates 1
SSREngine on
SSRMaxResponse 64M
SSRBundle pages "${TOP}/bundles/test/pages.js"
SSRBundle flaky "${TOP}/bundles/test/flaky.js"
SSRMap / pages
SSRMap /flaky flaky
SSRMap /again flaky
SSRMap /fail flaky
SSRCache on
SSRCacheErrorBackoff 1h
SSRCacheHeader cache-status
<Location /kept>
    SSRCacheTTL 1h
    SSRCachePurge on
    Require all granted
</Location>
<Location /flaky>
    SSRCacheTTL 1ms
    SSRCacheStaleIfError 1h
</Location>
<LocationMatch ^/(old|again)>
    SSRCacheTTL 1ms
    SSRCacheSWR 1h
</LocationMatch>
<Location /fail>
    SSRCache off
</Location>
<Location /status>
    SetHandler v8ssr-status
    Require all granted
</Location>
AddOutputFilterByType DEFLATE text/html
CONF
my $server = own_server(children => 2, limit => 2, config => $config);
my ($one, $two);
ok wait_for { ($one, $two) = $server->children; defined $two }, 'two children';

sub get { return $server->get(@_) }
sub figures { return decode_json(get('/status?json')->body)->{cache} }
sub pause { wait_for { 0 } 0.05; return }

my @memcached = map { "memcached_$_" } qw(gets hits misses foreign skipped busy errors timeouts opens sets
    dropped too_large purges_sent purges_seen purges_lost);
my @counters = (@memcached, qw(hits l2_hits stale stale_error misses collapsed passes not_modified stored not_stored
    refreshes refresh_failures purges warmed warm_failures recompressed evicted replaced refused recovered_shards));
my @gauges = qw(entries used_bytes size_bytes zombies processes memcached_down);
my $before = figures();
$before->{processes} = 2;
is_deeply [sort keys %$before], [sort @counters, @gauges], 'the figures';
is_deeply { map { ($_ => $before->{$_}) x !!$before->{$_} } @counters }, {}, 'nothing counted yet';
is $before->{entries}, 0, 'no entry';
ok wait_for { figures()->{processes} == 2 }, 'two processes';
cmp_ok $before->{size_bytes}, '>', 48 << 20, 'of SSRCacheStore 64M most is for entries';
cmp_ok $before->{size_bytes}, '<', 64 << 20, 'not all';

# What has grown since the last time; gauges may also shrink.
sub grown {
    my $now = figures();
    my %grown = map { ($_ => $now->{$_} - $before->{$_}) x ($now->{$_} != $before->{$_}) }
        @counters, 'entries', 'processes';
    $before = $now;
    return \%grown;
}

my $page = $server->get_from($one, '/kept/a?tag=x');
is_deeply grown(), { misses => 1, stored => 1, entries => 1 }, 'a miss';
cmp_ok $before->{used_bytes}, '>=', 256, 'which has its memory';
$server->get_from($two, '/kept/a?tag=x');
is_deeply grown(), { hits => 1 }, "a hit, in another child";
get('/kept/a?tag=x', 'If-None-Match' => $page->header('ETag'));
is_deeply grown(), { hits => 1, not_modified => 1 }, 'a hit that is a 304';
get('/kept/a?tag=x', 'If-Match' => '"other"');
is_deeply grown(), { hits => 1 }, 'a hit that is a 412';
get('/kept/z?kb=10');
get('/kept/z?kb=10', 'Accept-Encoding' => 'gzip');
ok wait_for { figures()->{stored} == 3 }, 'a page is kept as it is, and compressed';
is_deeply grown(), { misses => 1, hits => 1, stored => 2, entries => 2 }, 'two entries';
get('/kept/a?tag=x', Authorization => 'Basic eDp5');
is_deeply grown(), { passes => 1 }, 'a request that is not for the cache';
get('/none');
is_deeply grown(), { misses => 1, not_stored => 1, entries => 1 }, 'a page that is not stored: a note that says so';
get('/none');
is_deeply grown(), { passes => 1, not_stored => 1, replaced => 1 }, 'the same again';
get('/fail?x');
is_deeply grown(), {}, 'SSRCache off';

get('/old');
is_deeply grown(), { misses => 1, stored => 1, entries => 1 }, 'a page soon stale';
pause();
get('/old');
ok wait_for { figures()->{refreshes} == 1 }, 'which is rendered anew';
is_deeply grown(), { stale => 1, refreshes => 1, stored => 1, replaced => 1 }, 'a stale page';

$server->get_from($one, $_) for '/flaky', '/again';
$server->get_from($one, "/fail?$_") for '/flaky', '/again';
is_deeply grown(), { misses => 2, stored => 2, entries => 2 }, 'two that fail from now on';
pause();
$server->get_from($one, '/flaky');
is_deeply grown(), { stale_error => 1, entries => 1 }, 'a failed render, and a note of it';
$server->get_from($one, '/again');
ok wait_for { figures()->{refresh_failures} == 1 }, 'in the background';
is_deeply grown(), { stale => 1, refresh_failures => 1, entries => 1 }, 'another stale page, and its note';

my @clients = map { $server->connect->send('GET', '/kept/slow?ms=700') } 1 .. 5;
$_->read for @clients;
is_deeply grown(), { misses => 1, hits => 4, collapsed => 4, stored => 1, entries => 1 },
    'five at once: four wait for the render of one';

$server->request('PURGE', '/kept/a');
is_deeply grown(), { purges => 1 }, 'a purge';
$server->request('PURGE', '/kept/', 'SSR-Purge-Tags' => 'x, y');
is_deeply grown(), { purges => 1 }, 'a purge of two tags';
get('/kept/a?tag=x');
is_deeply grown(), { misses => 1, stored => 1, replaced => 1 }, 'the page again';

# A pin that was held when its page was replaced is looked for when something
# is stored; nothing goes on in the background then.
my $stored = 0;
sub no_zombies { return wait_for { get('/kept/n?' . ++$stored); figures()->{zombies} == 0 } }

# A client that does not read has the page it began with.
my $large = '/kept/large?kb=12000';
ok no_zombies(), 'nothing is being sent';
my $begun = get($large)->body;
$before = figures();
my $slow = $server->connect->send('GET', $large);
ok wait_for { figures()->{hits} > $before->{hits} }, 'a client that is slow';
$server->request('PURGE', '/kept/large');
get($large);
is figures()->{zombies}, 1, 'its page is replaced: still there, but not for others';
ok $slow->read->body eq $begun, 'until it has all';
ok no_zombies(), 'its memory is free then';

# --- the formats -----------------------------------------------------------------

my $r = get('/status?json');
is $r->header('Content-Type'), 'application/json', 'JSON';
my $figures = decode_json($r->body)->{cache};
my $text = get('/status?prometheus')->body;
my $html = get('/status')->body;
for my $name (@counters, @gauges) {
    my ($type, $end) = (grep { $_ eq $name } @counters) ? ('counter', '_total') : ('gauge', '');
    my $metric = "v8ssr_cache_$name$end";
    like $text, qr/^# HELP $metric \S.*\.\n# TYPE $metric $type\n$metric $figures->{$name}\n/m, "Prometheus: $metric";
    like $html, qr/^<tr><th>$name<td>$figures->{$name}<td>\S.*\.$/m, "HTML: $name";
}
is $figures->{valid}, undef, 'validated only when asked for';
my $valid = decode_json(get('/status?json&validate')->body)->{cache};
is $valid->{valid}, JSON::PP::true, '?json&validate: everything is where it should be';
is $valid->{hits}, $figures->{hits}, 'beside the figures';
is get('/status?json&other')->header('Content-Type'), 'text/html; charset=utf-8', 'another query: the page';

# --- restarts and small memories ---------------------------------------------------

sub restart {
    $server->configure($_[0]);
    wait_for { my @now = $server->children; @now == 2 }; # one may come late
    my %old = map { $_ => 1 } $server->children;
    $server->graceful;
    return wait_for { my @now = $server->children; @now && !grep { $old{$_} } @now };
}

$before = figures();
ok restart($config), 'a graceful restart';
ok wait_for { figures()->{processes} == scalar(my @now = $server->children) }, 'other processes';
my $after = figures();
is_deeply { map { $_ => $after->{$_} } @counters, 'entries' },
    { map { $_ => $before->{$_} } @counters, 'entries' }, 'nothing else has changed';
ok restart("$config\nSSRCacheStore shm:4M\n"), 'another, with less memory';
is figures()->{entries}, 0, 'which is empty';
is figures()->{hits}, $before->{hits}, 'what was counted of requests stays';
is figures()->{replaced}, 0, 'what was counted of the memory does not';

$before = figures();
get("/kept/$_?kb=300") for 1 .. 20;
my $now = figures();
is $now->{stored} - $before->{stored}, 20, 'more pages than there is room for: all are stored';
cmp_ok $now->{evicted}, '>', 5, 'and others go';
is $now->{entries}, 20 - $now->{evicted}, 'one for one';
cmp_ok $now->{used_bytes}, '<=', $now->{size_bytes}, 'within the memory';
my $large_one = get('/kept/large?kb=2000');
is $large_one->header('Cache-Status'), 'v8ssr; fwd=miss; detail=too-large', 'a page that is too large says so';
is figures()->{not_stored}, $now->{not_stored} + 1, 'a page that is too large is not stored';

ok restart($config =~ s/^SSRCache on$//mr =~ s/^SSRCache off$//mr), 'SSRCache nowhere';
is figures(), undef, 'JSON: null';
unlike get("/status$_")->body, qr/cache_|Render cache/, "no figures ($_)" for '', '?prometheus';
is decode_json(get('/status?json&validate')->body)->{cache}, undef, 'nothing to validate';

done_testing;

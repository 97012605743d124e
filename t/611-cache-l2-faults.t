# SPDX-License-Identifier: Apache-2.0
#
# memcached that is down, hangs, or comes and goes costs no request its answer
# nor an extra render; hosts that die or go leave nothing behind.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Time::HiRes qw(time);
use V8Test;
use V8Test::Memcached;

expect_log(qw(V8SSR0080 V8SSR0081));

my $memcached = V8Test::Memcached->new;
my $config = <<'CONF';
SSRIsolates 1
SSRTimeout 25s
SSRQueue 40 20s
SSREngine on
SSRBundle pages "${TOP}/bundles/test/flaky.js"
SSRCache on
SSRCacheTTL 1h
SSRCacheHeader cache-status
SSRCacheL2Timeout 100ms
SSRCacheL2Breaker 2 300ms
<Location />
    SSRCachePurge on
    Require local
</Location>
<Location /status>
    SetHandler v8ssr-status
    Require local
</Location>
CONF
my $store = "SSRCacheStore shm:8M memcached:@{[$memcached->address]}\n";
my %more = (children => 2, limit => 4, threads => 24);
my $a = own_server(%more, config => "$config$store");
my $b = own_server(%more, config => "$config$store");

sub status_of { return $_[0]->header('Cache-Status') // '' }
sub renders { my ($host, $target) = @_; return scalar log_lines($host, qr/console: render \Q$target\E no /) }
sub figures { return decode_json($_[0]->get('/status?json')->body)->{cache} }
sub says { my ($host, $id) = @_; return scalar log_lines($host, qr/$id: /) }
sub share {
    my ($host, $target) = @_;
    my $sets = figures($host)->{memcached_sets} + 1;
    my $r = $host->get($target);
    wait_for { figures($host)->{memcached_sets} >= $sets } or die "$target: not written";
    return $r;
}
my $from_afar = qr/detail=memcached$/;

# Pages nobody has asked for, of both hosts at once: each is answered, and
# rendered once (at most once by each host).
my $pages = 0;
sub load {
    my ($name) = @_;
    my @targets = map { "/load/" . ++$pages } 1 .. 8;
    my @clients = map { my $host = $_; map { $host->connect->send('GET', $_) } @targets } $a, $b;
    my @answers = map { $_->read } @clients;
    is scalar(grep { $_->status == 200 } @answers), 16, "$name: every request is answered";
    my @much = grep { renders($a, $_) > 1 || renders($b, $_) > 1 } @targets;
    is "@much", '', "$name: no host renders a page twice";
    return;
}
# Until the hosts have noticed.
sub recovered {
    my ($name) = @_;
    my $began = time;
    for my $host ($a, $b) {
        ok wait_for { $host->get('/probe/' . ++$pages); figures($host)->{memcached_down} == 0 },
            "$name: it is asked again";
    }
    cmp_ok time - $began, '<', 9, "$name: after the time of SSRCacheL2Breaker";
    my $page = "/recovered/" . ++$pages;
    share($a, $page);
    like status_of($b->get($page)), $from_afar, "$name: and shared";
    return;
}

# --- down -----------------------------------------------------------------------------

my $kept = share($a, '/kept');
$a->request('PURGE', '/something');
wait_for { figures($b)->{memcached_purges_seen} >= 1 } or die 'no purge';
load('before');
is figures($_)->{memcached_down}, 0, 'all is well' for $a, $b;

$memcached->stop;
load('down');
load('still down');
for my $host ($a, $b) {
    is figures($host)->{memcached_down}, 1, 'down: known';
    cmp_ok figures($host)->{memcached_skipped}, '>', 0, 'down: not asked again and again';
    is says($host, 'V8SSR0081'), 1, 'down: said once, by one of two children';
}
like status_of($a->get('/kept')), qr/hit; ttl=\d+$/, 'down: what is in memory is served';

$memcached->start;
recovered('up');
is says($_, 'V8SSR0082'), 1, 'up: said once' for $a, $b;
ok wait_for { says($a, 'V8SSR0084') && says($b, 'V8SSR0084') }, 'up: the log of purges has gone with the rest';
like status_of($a->get('/kept')), qr/fwd=stale/, 'up: so that all pages are stale';
load('up');

# --- hung -------------------------------------------------------------------------------

share($a, '/purged');
$b->get('/purged');
my $timeouts = figures($b)->{memcached_timeouts};
$memcached->freeze;
load('hung');
load('still hung');
cmp_ok figures($b)->{memcached_timeouts}, '>', $timeouts, 'hung: noticed';
is figures($_)->{memcached_down}, 1, 'hung: known' for $a, $b;
my $old = $b->get('/purged')->body;
$a->request('PURGE', '/purged');
isnt $a->get('/purged')->body, $old, 'hung: a purge acts on its own host';
$memcached->thaw;
recovered('thawed');
ok wait_for { $b->get('/purged')->body ne $old }, 'thawed: and on the others later';
load('thawed');

# --- under load ---------------------------------------------------------------------------

for my $round (1 .. 3) {
    $memcached->stop;
    load("gone, round $round");
    $memcached->start;
    load("back, round $round");
    $memcached->freeze;
    load("frozen, round $round");
    $memcached->thaw;
    load("thawed, round $round");
}
recovered('in the end');

# --- hosts that go ----------------------------------------------------------------------------

# Waits for what another host renders; is told to go meanwhile.
my $c = own_server(children => 1, limit => 1, config => "$config${store}SSRCacheLock on wait=30s\n");
my $slow = $a->connect->send('GET', '/slow?ms=8000');
ok wait_for { renders($a, '/slow?ms=8000') }, 'a host renders';
my $gets = figures($c)->{memcached_gets};
my $waiting = $c->connect->send('GET', '/slow?ms=8000');
ok wait_for { figures($c)->{memcached_gets} > $gets + 2 }, 'another one waits for that';
cmp_ok $c->stop, '<', 5, 'but not when it is told to go';
is renders($c, '/slow?ms=8000'), 0, 'nor does it render';

# Dies with the lock in its hand.
my $dies = $a->connect->send('GET', '/dies?ms=3000');
ok wait_for { renders($a, '/dies?ms=3000') }, 'a host renders';
kill 'KILL', $a->children;
my $began = time;
my $r = $b->get('/dies?ms=3000');
like status_of($r), qr/^v8ssr; fwd=miss; stored$/, 'and is killed: another one renders';
cmp_ok time - $began, '<', 20, 'after SSRCacheLock wait';

# Hangs while they stop.
$memcached->freeze;
$b->get('/last/' . $_) for 1 .. 3;
$b->request('PURGE', '/last');
cmp_ok $b->stop, '<', 5, 'a host stops while memcached hangs';

# --- what is configured ----------------------------------------------------------------------------

$memcached->thaw;
my $patient = own_server(children => 1, limit => 1,
    config => "$config${store}SSRCacheL2Timeout 1s\nSSRCacheL2Breaker 3 1h\n");
share($patient, '/patient');
$memcached->freeze;
$began = time;
is $patient->get('/patient/1')->status, 200, 'memcached hangs';
cmp_ok time - $began, '>', 0.9, 'SSRCacheL2Timeout: so long is an answer waited for';
ok wait_for { $patient->get('/patient/' . ++$pages); figures($patient)->{memcached_down} }, 'then no longer';
my $now = figures($patient);
cmp_ok $now->{memcached_timeouts} + $now->{memcached_errors}, '<', 5, 'SSRCacheL2Breaker: after so many failures';

# --- names ---------------------------------------------------------------------------------------

my $lost = own_server(children => 1, limit => 1, config => "${config}SSRCacheStore shm:8M memcached:no-such-host.invalid:11211\n");
is $lost->get('/a')->status, 200, 'a name that does not resolve: the host goes on';
like status_of($lost->get('/a')), qr/hit; ttl=\d+$/, 'with its memory alone';
is $lost->request('PURGE', '/a')->status, 200, 'and its purges';
is says($lost, 'V8SSR0080'), 1, 'which is said';

done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# SSRCacheStore memcached: two servers, each with shared memory of its own, are
# two hosts.  What one has rendered the other serves; what is purged on one is
# on both; one of them renders what both are asked for.
use strict;
use warnings;
use IO::Uncompress::Gunzip qw(gunzip);
use JSON::PP qw(decode_json);
use Time::HiRes qw(time);
use V8Test;
use V8Test::Memcached;

expect_log(qw(V8SSR0006));

my $memcached = V8Test::Memcached->new;
my $config = <<'CONF';
SSRIsolates 1
SSRTimeout 25s
SSRQueue 40 20s
SSREngine on
SSRCache on
SSRCacheTTL 1h
SSRCacheHeader cache-status
SSRCacheLock on wait=20s
SSRCacheL2Timeout 500ms
SSRCacheL2Breaker 3 300ms
CustomLog cache_log "%U %{ssr-cache}n"
<Location />
    SSRCachePurge on
    Require local
</Location>
<Location /swr>
    SSRCacheSWR 1h
</Location>
<Location /brief>
    SSRCacheTTL 1s
    SSRCacheSWR 1h
</Location>
<Location /error>
    SSRCacheTTL 100ms
    SSRCacheStaleIfError 1h
</Location>
<Location /pass>
    SSRCacheTTL 0
</Location>
<Location /status>
    SetHandler v8ssr-status
    Require local
</Location>
CONF
# One bundle for all hosts; another version is there for a moment.
my $place = prepare_server();
my $script = "$place->{root}/live.js";
sub bundle {
    my ($version) = @_;
    open my $in, '<', "$place->{top}/bundles/test/flaky.js" or die $!;
    open my $out, '>', $script or die $!;
    print {$out} <$in>, "// $version\n";
    close $out or die $!;
    return chmod 0644, $script;
}
bundle('one');
my $bundle = "SSRBundle pages \"$script\"\n";
my $store = "SSRCacheStore shm:8M memcached:@{[$memcached->address]} ttl=10m\n";
my $deflate = "AddOutputFilterByType DEFLATE text/html\n";
my %more = (children => 1, limit => 4, threads => 24);
my $a = own_server(%more, config => "$config$bundle$store$deflate");
my $b = own_server(%more, config => "$config$bundle$store");

sub status_of { return $_[0]->header('Cache-Status') // '' }
sub renders { my ($host, $target) = @_; return scalar log_lines($host, qr/console: render \Q$target\E no /) }
sub figures { return decode_json($_[0]->get('/status?json')->body)->{cache} }
# A page that the host renders now and that memcached has then, in so many forms.
sub share {
    my ($host, $target, $forms, @headers) = @_;
    my $sets = figures($host)->{memcached_sets} + ($forms // 1);
    my $r = $host->get($target, @headers);
    wait_for { figures($host)->{memcached_sets} >= $sets } or die "$target: not written";
    return $r;
}
my $from_afar = qr/^v8ssr; hit; ttl=\d+; detail=memcached$/;
my $from_here = qr/^v8ssr; hit; ttl=\d+$/;
my $rendered = qr/^v8ssr; fwd=miss; stored$/;
my $stale = qr/^v8ssr; hit; ttl=-\d+$/;

# --- pages -------------------------------------------------------------------------

my $first = share($a, '/a');
like status_of($first), $rendered, 'one host renders';
my $gets = figures($b)->{memcached_gets};
my $r = $b->get('/a');
like status_of($r), $from_afar, 'the other has its page';
is $r->body, $first->body, 'byte by byte';
is $r->header($_), $first->header($_), "its $_" for qw(ETag Content-Type);
like $r->header('Age'), qr/^\d+$/, 'its Age';
is renders($b, '/a'), 0, 'and renders nothing';
is figures($b)->{l2_hits}, 1, 'which is counted';
is figures($b)->{memcached_gets}, $gets + 1, 'memcached was asked once';
like status_of($b->get('/a')), $from_here, 'later it is in the memory of that host';
is figures($b)->{memcached_gets}, $gets + 1, 'and memcached is not asked';
ok wait_for { open my $fh, '<', "$b->{root}/cache_log"; local $/; <$fh> =~ m{^/a hit-l2\n(?:/status.*\n)*/a hit$}m }, 'LogFormat %{ssr-cache}n';
my ($until) = $memcached->says('lru_crawler metadump all') =~ /^key=v8ssr%3A1%3A[0-9a-f]{32} exp=(\d+)/m;
cmp_ok abs($until - time - 600), '<', 60, 'SSRCacheStore ttl=';
unlike status_of($a->get('/a', Host => 'other.test')), qr/hit/, 'another page is another one';

# A form that one host has compressed; the other one has no filter for that.
my $page = share($a, '/coded?kb=20', 2, 'Accept-Encoding' => 'gzip');
is $page->header('Content-Encoding'), 'gzip', 'a compressed page';
$r = $b->get('/coded?kb=20', 'Accept-Encoding' => 'gzip');
like status_of($r), $from_afar, 'the other host has it';
is $r->header('Content-Encoding'), 'gzip', 'as it was compressed';
ok $r->body eq $page->body, 'byte by byte';
my $plain = $b->get('/coded?kb=20');
like status_of($plain), $from_here, 'and its source';
my $text;
gunzip(\$r->body, \$text);
ok $text eq $plain->body, 'of which it was made';

my $large = '/large?kb=1100';
like status_of($a->get($large)), $rendered, 'a page of more than 1 MB';
like status_of($a->get($large)), $from_here, 'is kept by the host that rendered it';
is figures($a)->{memcached_too_large}, 1, 'and not sent';
like status_of($b->get($large)), $rendered, 'so that the other one renders it';

# --- stale pages ---------------------------------------------------------------------

share($a, '/brief/a');
wait_for { status_of($a->get('/brief/nothing')) && 0 } 1.2;
$r = $b->get('/brief/a');
like status_of($r), $stale, 'a page whose time is over is served as such';
ok wait_for { renders($b, '/brief/a') == 1 }, 'and rendered anew';
ok wait_for { status_of($b->get('/brief/a')) =~ /hit/ && $b->get('/brief/a')->body ne $r->body }, 'for all who come then';

share($a, '/error/a');
wait_for { 0 } 0.2;
$b->get('/fail?/error/a');
$r = $b->get('/error/a');
is $r->status, 200, 'rendering fails on a host that never had the page';
like status_of($r), qr/detail=error/, 'which has the last one of another host';

# --- other bundles --------------------------------------------------------------------

# The same name, another script.
bundle('two');
my $other = own_server(%more, config => "$config$bundle$store");
bundle('one');
my $old = share($a, '/swr/old');
share($a, '/old');
$r = $other->get('/old');
like status_of($r), qr/^v8ssr; fwd=stale; stored$/, 'a page of another version of the bundle is not fresh';
is renders($other, '/old'), 1, 'but rendered';
$r = $other->get('/swr/old');
like status_of($r), $stale, 'with SSRCacheSWR it is stale';
is $r->body, $old->body, 'and served once more';
ok wait_for { renders($other, '/swr/old') == 1 }, 'while the new one renders';
$other->stop;

# --- purges -----------------------------------------------------------------------------

$old = share($a, '/gone');
like status_of($b->get('/gone')), $from_afar, 'a page on both hosts';
is $a->request('PURGE', '/gone')->status, 200, 'is purged on one';
$r = $a->get('/gone');
like status_of($r), qr/fwd=miss/, 'which renders it, though memcached has it';
isnt $r->body, $old->body, 'anew';
ok wait_for { $b->get('/gone')->body ne $old->body }, 'the other one forgets it, too';
cmp_ok figures($b)->{memcached_purges_seen}, '>=', 1, 'as it read the log of purges';
is figures($b)->{memcached_purges_lost}, 0, 'with no gap';

share($a, '/swr/soft');
$b->get('/swr/soft');
$a->request('PURGE', '/swr/soft', 'SSR-Purge-Soft' => 1);
ok wait_for { status_of($b->get('/swr/soft')) =~ $stale }, 'a soft purge makes it stale there, too';

share($a, '/back');
$a->request('PURGE', '/back');
ok wait_for { figures($b)->{memcached_purges_seen} >= 3 }, 'what the other host does not have';
like status_of($b->get('/back')), qr/fwd=miss/, 'does not come back from memcached';

# --- restarts ------------------------------------------------------------------------------

sub restart {
    my ($host, $text) = @_;
    $host->configure($text);
    my %old = map { $_ => 1 } $host->children;
    $host->graceful;
    return wait_for { my @now = $host->children; @now && !grep { $old{$_} } @now };
}

share($a, "/restart/$_") for 1, 2;
$a->request('PURGE', '/restart/1');
ok wait_for { figures($a)->{memcached_purges_seen} >= 4 }, 'a host reads its own purges, too';
my $before = figures($a);
ok restart($a, "$config$bundle$store$deflate"), 'a graceful restart';
my $after = figures($a);
is $after->{$_}, $before->{$_}, "$_ counts on" for qw(memcached_hits memcached_sets l2_hits);
is $after->{memcached_purges_lost}, 0, 'nothing of the log is lost';
# With new memory the host has forgotten what was purged, and learns it again.
ok restart($a, "$config$bundle" . $store =~ s/8M/12M/r), 'another, with other memory';
ok wait_for { figures($a)->{memcached_purges_seen} >= 4 }, 'it reads the log again';
is figures($a)->{memcached_purges_lost}, 0, 'all of it';
like status_of($a->get('/restart/2')), $from_afar, 'what it had is in memcached';
like status_of($a->get('/restart/1')), qr/fwd=miss/, 'but for what was purged';

# --- one render for all hosts -----------------------------------------------------------------

sub at_once {
    my ($target, $each) = @_;
    my @clients = map { my $host = $_; map { $host->connect->send('GET', $target) } 1 .. $each } $a, $b;
    return map { $_->read } @clients;
}

my @answers = at_once('/cold?ms=600', 8);
is scalar(grep { $_->status == 200 } @answers), 16, 'both hosts are asked for a cold page: all are answered';
is scalar(keys %{ { map { $_->body => 1 } @answers } }), 1, 'with the same page';
is renders($a, '/cold?ms=600') + renders($b, '/cold?ms=600'), 1, 'of one render';

my $began = time;
@answers = at_once('/pass/a?ms=300', 1);
is scalar(grep { $_->status == 200 } @answers), 2, 'a page that is not for storing';
cmp_ok time - $began, '<', 10, 'is not waited for, once that is known';
is renders($a, '/pass/a?ms=300') + renders($b, '/pass/a?ms=300'), 2, 'each host renders its own';

$began = time;
is $a->get('/wrong?fail=1')->status, 500, 'a render that fails';
is $b->get('/wrong?fail=1')->status, 500, 'does so on each host';
cmp_ok time - $began, '<', 10, 'and leaves no lock behind';

done_testing;

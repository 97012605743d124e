# SPDX-License-Identifier: Apache-2.0
#
# Stale pages: renewed in the background, shown after errors, and never more
# renders than asked for.
use strict;
use warnings;
use V8Test;

expect_log(qw(V8SSR0006 V8SSR0074));

my $config = <<'CONF';
SSRQueue 40 20s
SSRTimeout 20s
SSREngine on
SSRBundle pages "${TOP}/bundles/test/flaky.js"
SSRCache on
SSRCacheHeader cache-status
SSRCacheRevalidateMax 2
<Location /short>
    SSRCacheTTL 300ms
    SSRCacheSWR 1h
</Location>
<Location /brief>
    SSRCacheTTL 300ms
    SSRCacheStaleIfError 1h
    SSRCacheErrorBackoff 1s 2s
</Location>
<Location /long>
    SSRCacheTTL 300ms
    SSRCacheStaleIfError 1h
    SSRCacheErrorBackoff 5m 5m
</Location>
<Location /cold>
    SSRCacheTTL 1h
</Location>
CONF
my $server = own_server(children => 2, limit => 2, threads => 64, config => "SSRIsolates 2\n$config");

sub get { return $server->get(@_) }
sub status_of { return $_[0]->header('Cache-Status') // '' }
sub renders { return scalar log_lines($server, qr/console: render \Q$_[0]\E(?: |$)/) }
# Until the page is answered so; that answer.
sub wait_status {
    my ($target, $status) = @_;
    my $r;
    wait_for { ($r = get($target)) && status_of($r) =~ $status } or return undef;
    return $r;
}

# --- stale-while-revalidate ------------------------------------------------------

my $first = get('/short/a');
my $stale = wait_status('/short/a', qr/hit; ttl=-/);
ok $stale, 'a stale page is served';
is $stale->body, $first->body, 'as it was';
like status_of($stale), qr/^v8ssr; hit; ttl=-\d+$/, 'as a hit whose time is over';
ok wait_for { renders('/short/a') >= 2 }, 'it is rendered anew';
my $fresh;
ok wait_for { ($fresh = get('/short/a'))->body ne $first->body }, 'and others get the new one';

# Many ask for a stale page: one renders.
get('/short/one?ms=400');
wait_for { status_of(get('/cold/clock?' . rand)) && 0 } 0.4;
my $before = renders('/short/one?ms=400');
is $before, 1, 'one render so far';
my @clients = map { $server->connect->send('GET', '/short/one?ms=400') } 1 .. 20;
my @answers = map { $_->read } @clients;
is scalar(grep { status_of($_) =~ /ttl=-/ } @answers), 20, 'twenty get the stale page';
ok wait_for { renders('/short/one?ms=400') == 2 }, 'which causes one render';

# Many stale pages: SSRCacheRevalidateMax renders at a time.
get("/short/many/$_?ms=500") for 1 .. 2;
get("/short/many/$_?ms=300") for 3 .. 8;
wait_for { 0 } 0.4;
@clients = map { $server->connect->send('GET', $_ < 3 ? "/short/many/$_?ms=500" : "/short/many/$_?ms=300") } 1 .. 8;
@answers = map { $_->read } @clients;
is scalar(grep { status_of($_) =~ /ttl=-/ } @answers), 8, 'eight stale pages';
my $began = 0;
$began += renders($_ < 3 ? "/short/many/$_?ms=500" : "/short/many/$_?ms=300") - 1 for 1 .. 8;
cmp_ok $began, '<=', 2, 'of which two are rendered at a time';

# --- errors -----------------------------------------------------------------------

my $crowd = $server;
# state that all requests share
$server = own_server(children => 1, limit => 1, threads => 16, config => "SSRIsolates 1\n$config");

my $good = get('/brief/a');
is $good->status, 200, 'a page that renders';
get('/fail?/brief/a');
my $shown = wait_status('/brief/a', qr/hit.*detail=error/);
ok $shown, 'rendering fails: the last good page';
is $shown->status, 200, 'with its status';
is $shown->body, $good->body, 'and its bytes';
get('/long/a');
get('/fail?/long/a');
ok wait_status('/long/a', qr/hit.*detail=error/), 'another page that fails';
my $tried = renders('/long/a');
is status_of(get('/long/a')) =~ /detail=error/, 1, 'is shown' for 1 .. 5;
is renders('/long/a'), $tried, 'and not tried again within SSRCacheErrorBackoff';
get('/mend?/brief/a');
ok wait_for { get('/brief/a')->body ne $good->body }, 'it renders again: the new page';
is get('/brief/none?fail=1')->status, 500, 'no page to fall back to: the error';

get('/short/f');
get('/fail?/short/f');
ok wait_status('/short/f', qr/ttl=-/), 'a background render that fails: the stale page';
ok wait_for { log_lines($server, qr{V8SSR0074: bundle pages, /short/f: a stale page could not be rendered anew: .*flaky\.js:\d+:\d+: Error: it fails}) },
    'and one line';
my $lines = log_lines($server, qr/V8SSR0074/);
get('/short/f') for 1 .. 50;
is scalar(log_lines($server, qr/V8SSR0074/)), $lines, 'SSRCacheErrorBackoff: not tried at each request';

# --- one render for all that wait ----------------------------------------------------

$server = $crowd;

@clients = map { $server->connect->send('GET', '/cold/crowd?ms=300') } 1 .. 40;
@answers = map { $_->read } @clients;
is scalar(grep { $_->status == 200 } @answers), 40, 'forty clients, one cold page: all are answered';
my %bodies = map { $_->body => 1 } @answers;
is scalar(keys %bodies), 1, 'with the same page';
is renders('/cold/crowd?ms=300'), 1, 'of one render, in two children';

# A page that is not stored is not waited for, once that is known.
get('/pass/p?ms=1');
@clients = map { $server->connect->send('GET', '/pass/p?ms=1') } 1 .. 8;
$_->read for @clients;
is renders('/pass/p?ms=1'), 9, 'a page that is not for storing is rendered for each';

done_testing;

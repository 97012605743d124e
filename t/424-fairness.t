# SPDX-License-Identifier: Apache-2.0
#
# Two hosts with a bundle each: one is flooded, with renders that keep the isolate and with renders that wait. The other
# one's are served meanwhile, or are next; what is too much of the flood is refused.
use strict;
use warnings;
use List::Util qw(min);
use V8Test;

expect_log(qw(V8SSR0011));
my $server = own_server(children => 1, limit => 1, threads => 24, config => <<'CONF');
SSRIsolates 1
SSRQueue 6 60s
SSRTimeout 60s
SSRCPUTimeLimit 60s
<VirtualHost 127.0.0.1:${PORT}>
    ServerName slow.test
    SSREngine on
    SSRBundle slow "${TOP}/bundles/test/gated.mjs"
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName good.test
    SSREngine on
    SSRBundle good "${TOP}/bundles/test/gated.mjs"
</VirtualHost>
CONF

# "slow /path" of all that has begun; the first few one after the other.
sub begun { return map { /bundle (\w+): console: begins (\S+)/ ? "$1 $2" : () } log_lines($server, qr/console: begins /) }
sub has_begun { my ($what) = @_; return scalar grep { $_ eq $what } begun() }
sub start { my ($name, $path) = @_; return $server->connect->send('GET', $path, Host => "$name.test") }
sub get { my ($name, $path) = @_; return start($name, $path)->read }
sub answered { return grep { $_->has_come(qr/\r\n\r\n/, 0.01) } @_ }

sub is_refused {
    my ($name, $response) = @_;
    is $response->status, 503, "$name: refused";
    is $response->header('Retry-After'), 60, "$name: with a time to come back";
    return;
}

is get($_, '/warm')->status, 200, "$_: the server is up" for qw(slow good);

# The isolate is kept busy, and six more wait: the queue is full.
my $busy = start('slow', '/busy/1');
ok wait_for { has_begun('slow /busy/1') }, 'busy: one has the isolate';
my @flood = map { start('slow', "/short/$_") } 1 .. 7;
ok wait_for { answered(@flood) == 1 }, 'busy: six wait, the seventh is answered at once';

# Half of the places are the other one's, if it wants them.
my @good = map { start('good', "/good/$_") } 1 .. 3;
ok wait_for { answered(@flood) == 4 }, 'busy: three make room for three of the other host';
is_refused('busy, more than half', get('good', '/good/4'));
my @refused = answered(@flood);
my @waiting = grep { my $one = $_; !grep { $_ == $one } @refused } @flood;
is_refused('busy, what is too much', $_->read) for @refused;
is scalar(log_lines($server, qr{V8SSR0011: bundle slow, GET /short/\d: .*place went to bundle good, which has fewer.* \(SSRQueue\)})),
    3, 'busy: the log says why';
is_deeply [begun()], ['slow /warm', 'good /warm', 'slow /busy/1'], 'busy: nothing has begun meanwhile';
undef $busy; # its client leaves
my ($good, $slow) = map { [map { $_->read } @$_] } \@good, \@waiting;
is $_->status, 200, 'busy: who waits is served' for @$good, @$slow;
my ($first_good, $first_slow) = map { min(map { $_->header('X-Began') } @$_) } $good, $slow;
cmp_ok $first_good, '<=', $first_slow, 'busy: the other host is next, though it came last';

# One by one, until they are refused: what has begun waits, and nothing is to come.
my @held;
for my $n (1 .. 24) {
    my $one = start('slow', "/gated/$n");
    wait_for { has_begun("slow /gated/$n") || answered($one) } or last;
    push @held, $one;
}
@refused = answered(@held);
is @held - @refused, 19, 'waiting: of 21 threads that may wait two are kept for the other host';
is scalar(@refused), 5, 'waiting: the rest is refused';
is_refused('waiting, what is too much', $_->read) for @refused;
is get('good', "/free/$_")->status, 200, "waiting: the other host is served, $_" for 1 .. 20;
@held = ();
ok wait_for { get('slow', '/free')->status == 200 }, 'waiting: they have left, the slow one is served again';

done_testing;

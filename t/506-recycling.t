# SPDX-License-Identifier: Apache-2.0
#
# SSRIsolateMaxRequests and SSRIsolateMaxAge replace isolates while the child
# goes on: module-level state begins anew, no request fails.
use strict;
use warnings;
use IO::Select;
use POSIX ();
use V8Test;

# t/bundles/slow.js counts the renders of its isolate.
sub server_with {
    my ($config) = @_;
    my $server = own_server(children => 1, limit => 1, config => <<"CONF");
SSRQueue 200 20s
SSREngine on
SSRTimeout 10s
SSRBundle slow "\${TOP}/bundles/test/slow.js"
$config
CONF
    $server->get('/server-status'); # the child is there
    return $server;
}

sub count {
    my ($server) = @_;
    my $r = $server->get('/slow');
    return $r->status == 200 && $r->body =~ /render (\d+)</ ? $1 : -1;
}

my $never = server_with("SSRIsolates 1\nSSRIsolateMaxRequests 0\nSSRIsolateMaxAge 0");
is_deeply [map { count($never) } 1 .. 100], [1 .. 100], '0: never';
$never->stop;

my $server = server_with("SSRIsolates 1\nSSRIsolateMaxRequests 10");
my ($child) = $server->children;
is_deeply [map { count($server) } 1 .. 10], [1 .. 10], 'ten renders in one isolate';
for my $round (1 .. 3) {
    my ($last, @wrong) = 10;
    ok wait_for {
        my $n = count($server);
        push @wrong, $n if $n != 1 && $n != $last + 1;
        $last = $n;
        return $n == 1;
    }, "round $round: the count begins anew";
    is "@wrong", '', 'and went on until then';
    is_deeply [map { count($server) } 2 .. 10], [2 .. 10],
        'ten renders in the next one';
}
is_deeply [$server->children], [$child], 'the same child';
$server->stop;

$server = server_with("SSRIsolates 1\nSSRIsolateMaxAge 500ms");
($child) = $server->children;
for my $round (1 .. 3) {
    cmp_ok count($server), '>', 0, "age, round $round: served";
    ok wait_for { count($server) == 1 }, 'the count begins anew';
}
is_deeply [$server->children], [$child], 'the same child';
$server->stop;

# Clients in processes of their own; each reports "failures restarts".
sub start_clients {
    my ($server, $n) = @_;
    pipe my $run, my $hold or die $!;
    pipe my $results, my $report or die $!;
    my @pids;
    for my $client (1 .. $n) {
        my $pid = fork // die $!;
        push @pids, $pid;
        next if $pid;
        close $hold;
        my ($failed, $restarts) = (0, 0);
        until (IO::Select->new($run)->can_read(0)) {
            my $count = eval { count($server) } // -1;
            $failed++ if $count < 1;
            $restarts++ if $count == 1;
        }
        syswrite $report, "$failed $restarts\n";
        POSIX::_exit(0);
    }
    close $report;
    return sub {
        close $hold;
        waitpid $_, 0 for @pids;
        return <$results>;
    };
}

$server = server_with("SSRIsolates 2\nSSRIsolateMaxRequests 5\nSSRPinThreads on");
($child) = $server->children;
my $finish = start_clients($server, 4);
my ($asked, $failed, $restarts) = (0, 0, 0);
wait_for {
    my $count = count($server);
    $asked++;
    $failed++ if $count < 1;
    $restarts++ if $count == 1;
    return $restarts >= 5;
} 120;
cmp_ok $restarts, '>=', 5, "under load: isolates are replaced ($asked requests)";
for my $result ("$failed $restarts", $finish->()) {
    my ($bad) = split ' ', $result;
    is $bad, 0, 'no request of this client failed';
}
is_deeply [$server->children], [$child], 'the same child';

done_testing;

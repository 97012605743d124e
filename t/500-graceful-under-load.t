# SPDX-License-Identifier: Apache-2.0
#
# Graceful restarts while clients ask all the time: no request fails, renders
# under way end well, the new configuration is in force, old children leave.
use strict;
use warnings;
use JSON::PP;
use V8Test;

sub config {
    my ($value) = @_;
    return <<"CONF";
SSRIsolates 2
SSRTimeout 10s
SSRQueue 200 20s
SSREngine on
SSREnv GENERATION $value
SSRBundle echo "\${TOP}/bundles/test/echo.js"
SSRBundle slow "\${TOP}/bundles/test/slow.js"
SSRMap / echo
SSRMap /slow slow
CONF
}
my $server = own_server(config => config(0));
my $parent = $server->pid;

# Clients in processes of their own, until the pipe they read from is closed.
# Each reports "requests failures first-error".
sub start_clients {
    my ($n) = @_;
    pipe my $run, my $hold or die $!;
    pipe my $results, my $report or die $!;
    my @pids;
    for my $client (1 .. $n) {
        my $pid = fork // die $!;
        push @pids, $pid;
        next if $pid;
        close $hold;
        my ($count, $failed, $why) = (0, 0, '');
        until (IO::Select->new($run)->can_read(0)) {
            my $r = eval { $server->get("/client/$client/$count") };
            $count++;
            next if $r && $r->status == 200 && $r->body =~ /"bundle":"echo"/;
            $failed++;
            $why ||= $r ? $r->status : $@;
        }
        syswrite $report, "$count $failed $why\n" =~ s/\n(?=.)/ /gr;
        POSIX::_exit(0);
    }
    close $report;
    return sub {
        close $hold;
        waitpid $_, 0 for @pids;
        return <$results>;
    };
}

my $finish = start_clients(4);
my $seen = sub { decode_json($server->get('/')->body)->{env}{GENERATION} };
for my $generation (1 .. 4) {
    my @old = $server->children;
    my $target = "/slow?ms=1500&n=$generation";
    my $slow = $server->connect->send('GET', $target, Connection => 'close');
    ok wait_for { $server->is_in_flight($target) },
        "$generation: a render is under way";
    $server->configure(config($generation));
    ok $server->graceful, "restart $generation";
    is $slow->read->status, 200, "$generation: the render under way ends well";
    undef $slow; # a child waits for clients that keep their connection
    ok wait_for { $seen->() == $generation }, "$generation: the new value is seen";
    ok wait_for { my %now = map { $_ => 1 } $server->children;
        !grep { $now{$_} } @old }, "$generation: the old children have left";
    is $seen->(), $generation, "$generation: and stays";
}
is $server->pid, $parent, 'the same parent';
for my $result ($finish->()) {
    my ($count, $failed, $why) = $result =~ /^(\d+) (\d+) (.*)/;
    cmp_ok $count, '>', 20, "a client made $count requests";
    is $failed, 0, 'and none failed' or diag $why;
}
cmp_ok scalar(() = $server->log_text =~ /V8SSR0001: /g), '>=', 6,
    'children had a pool: two at start, one or more after each restart';

done_testing;

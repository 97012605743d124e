# SPDX-License-Identifier: Apache-2.0
#
# The parent never starts V8 (it could not be forked): one thread, no code made
# at run time, before and after restarts.  Children do.
use strict;
use warnings;
use POSIX ();
use V8Test;

my $config = <<'CONF';
SSRIsolates 3
SSREngine on
SSRBundle good compiled.js
SSRWarmup /x
CONF
my $server = prepare_server(children => 2, limit => 2, config => $config);

# V8 makes machine code of a regular expression that is used again, in every isolate.
{
    open my $fh, '>', "$server->{root}/compiled.js" or die $!;
    print {$fh} "globalThis.renderPage = () => 'aab aac ad'.replace(/a+[b-d]/g, (m) => m.length);\n";
    close $fh or die $!;
    chmod 0644, "$server->{root}/compiled.js";
}
$server->launch->wait_up or die $server->log_text;

sub threads { return scalar(() = glob "/proc/$_[0]/task/*") }

# Memory that is both anonymous and executable: V8's, for its compiled code.
sub code_maps {
    my ($pid) = @_;
    open my $maps, '<', "/proc/$pid/maps" or die "maps of $pid: $!";
    return scalar grep { /^\S+ ..x. \S+ 00:00 0\s*$/ } <$maps>;
}

# Those that would run a handler of the process for SIGTERM.
sub takes_sigterm {
    my ($pid) = @_;
    return grep {
        open my $status, '<', "/proc/$pid/task/$_/status" or die "$_: $!";
        my ($blocked) = map { /^SigBlk:\t[0-9a-f]*([0-9a-f]{4})$/ } <$status>;
        !(hex($blocked) & 1 << POSIX::SIGTERM() - 1);
    } map { m{(\d+)$} } glob "/proc/$pid/task/*";
}

for my $restart (0 .. 2) {
    if ($restart) {
        my @old = $server->children;
        ok $server->graceful, "restart $restart";
        ok wait_for { my %now = map { $_ => 1 } $server->children;
            !grep { $now{$_} } @old }, 'the old children have left';
    }
    is $server->get('/x')->status, 200, "$restart: served" for 1 .. 8;
    my $parent = $server->pid;
    is threads($parent), 1, "$restart: the parent has one thread";
    is code_maps($parent), 0, "$restart: and no compiled code";
    my @children;
    ok wait_for { @children = $server->children }, "$restart: children";
    for my $child (@children) {
        ok wait_for { log_lines($server, qr/V8SSR0001: child $child: /) },
            "$restart: $child has started a pool";
        # 8 workers, listener, main, 3 isolates, watchdog, V8's own
        ok wait_for { threads($child) >= 8 + 2 + 3 + 1 }, "$restart: its threads";
        ok wait_for { code_maps($child) > 0 }, "$restart: its compiled code";
        ok wait_for { "@{[takes_sigterm($child)]}" eq $child },
            "$restart: its main thread alone takes signals";
    }
}
my $parent = $server->pid;
is_deeply [log_lines($server, qr/\[pid $parent\b.*V8SSR0001/)], [],
    'no pool in the parent';

done_testing;

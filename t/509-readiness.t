# SPDX-License-Identifier: Apache-2.0
#
# A child accepts once its isolates have every bundle: no first request waits
# for a script, after a start, after a restart, or beside a broken bundle.
use strict;
use warnings;
use V8Test;

my $server = prepare_server(children => 1, limit => 2);

# Takes as long to load as no render may wait for an isolate.
sub config {
    my ($more) = @_;
    open my $fh, '>', "$server->{root}/slow.js" or die $!;
    print {$fh} "const until = Date.now() + 1000; while (Date.now() < until);\n",
        "console.info('loaded');\nglobalThis.renderPage = () => '<p>slow</p>';\n";
    close $fh or die $!;
    chmod 0644, "$server->{root}/slow.js";
    $server->configure("SSRIsolates 2\nSSRQueue 20 300ms\nSSREngine on\n"
        . "SSRBundle slow \"$server->{root}/slow.js\" snapshot=off\nSSRMap / slow\n$more");
}

# What one child did, in order.
sub child_log {
    my ($pid) = @_;
    return join ' ', map { /(V8SSR00(?:01|03|40|41)): / ? $1
        : /outside a render: console: loaded/ ? 'loaded' : () }
        log_lines($server, qr/\[pid $pid\b/);
}

config('');
$server->launch->wait_up;
is $server->get('/')->body, '<p>slow</p>', 'start: the first request is rendered';
my ($first) = $server->children;
is child_log($first), 'V8SSR0001 loaded loaded V8SSR0040',
    'the child is ready when both isolates have the bundle';

for my $round (1 .. 3) {
    my $pid = fork // die $!;
    if ($pid == 0) {
        # asks all the time, also while nobody accepts
        my $bad = 0;
        for (1 .. 2000) {
            my $r = eval { $server->get('/') };
            $bad++ if !$r || $r->status != 200;
            last if -e "$server->{root}/enough-$round";
        }
        POSIX::_exit($bad ? 1 : 0);
    }
    my @old = $server->children;
    ok $server->graceful, "restart $round";
    ok wait_for { my %now = map { $_ => 1 } $server->children;
        !grep { $now{$_} } @old }, "restart $round: the old child has left";
    is $server->get('/')->body, '<p>slow</p>', "restart $round: rendered";
    open my $enough, '>', "$server->{root}/enough-$round" or die $!;
    waitpid $pid, 0;
    is $?, 0, "restart $round: no request found a child that was not ready";
}

# mpm_event starts a child when an old one has ended, and looks for that once
# a second, unless a signal wakes it (module/reap.c).
sub catches_chld {
    my ($pid) = @_;
    open my $fh, '<', "/proc/$pid/status" or die $!;
    my ($mask) = map { /^SigCgt:\s+(\w+)/ ? $1 : () } <$fh>;
    return hex(substr $mask, -8) >> 16 & 1; # SIGCHLD is 17
}
is catches_chld($server->pid), 1, 'the parent wakes when a child ends';
is catches_chld(($server->children)[0]), 0, 'children do not';
$server->stop;

# A broken bundle is waited for as long as it takes to fail, and no longer.
expect_log(qw(V8SSR0003 V8SSR0013));
config("SSRHelper /bin/true\nSSRBundle bad "
    . '"${TOP}/bundles/hostile/throws-at-load.js"' . "\nSSRMap /bad bad");
$server->launch->wait_up;
is $server->get('/')->body, '<p>slow</p>', 'broken: the other is rendered';
is $server->get('/bad')->status, 500, 'broken: its URLs fail as ever';
my ($child) = $server->children;
like child_log($child),
    qr/^V8SSR0001 loaded (?:loaded V8SSR0003|V8SSR0003 loaded) V8SSR0040$/,
    'broken: said once, and the child is ready';
$server->stop;

# One that loads for ever: the child accepts in the end.
expect_log('V8SSR0041');
$server->configure("SSRHelper /bin/true\nSSRLoadTimeout 1500ms\nSSREngine on\n"
    . join "\n", map { "SSRBundle b$_ \"\${TOP}/bundles/hostile/loops-at-load.js\"\n"
        . "SSRMap /$_ b$_" } 1 .. 3);
$server->launch->wait_up;
is $server->get('/server-status')->status, 200, 'looping: the child accepts';
ok wait_for { log_lines($server, qr/V8SSR0041: child \d+ accepts before/) },
    'looping: after it said so';

# And is stopped while it waits, before httpd grows impatient (3 s).
$server->stop;
$server->configure("SSRHelper /bin/true\nSSRLoadTimeout 10m\nSSREngine on\n"
    . 'SSRBundle b "${TOP}/bundles/hostile/loops-at-load.js"');
my $mark = length $server->log_text;
$server->launch;
ok wait_for { substr($server->log_text, $mark) =~ /V8SSR0001: / },
    'stop: the child waits for its bundle';
cmp_ok $server->stop, '>=', 0, 'stop: httpd ends';
unlike substr($server->log_text, $mark), qr/still did not exit/,
    'stop: the child left when it was told to';

done_testing;

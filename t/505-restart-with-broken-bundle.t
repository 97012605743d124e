# SPDX-License-Identifier: Apache-2.0
#
# No restart ends the server, whatever became of a bundle: the last good
# version goes on, and one error says why.
use strict;
use warnings;
use V8Test;

expect_log(qw(V8SSR0013 V8SSR0021 V8SSR0022));

my $server = prepare_server(children => 1, limit => 2);
my $file = "$server->{root}/live.js";
my ($parent, $other) = (0, "SSRMap /other other\n"
    . 'SSRBundle other "${TOP}/bundles/hostile/good.js"');

sub put { return $server->put('live.js', @_) }

sub page { return "globalThis.renderPage = () => '<p>$_[0]</p>';\n" }

sub restart {
    my ($signal, $why) = @_;
    my $mark = length $server->log_text;
    my @old = $server->children;
    kill $signal => $server->pid or die "kill: $!";
    ok wait_for { substr($server->log_text, $mark) =~ /resuming normal/ },
        "$why: restarted";
    ok wait_for { my %now = map { $_ => 1 } $server->children;
        %now && !grep { $now{$_} } @old }, "$why: the old children have left";
    is $server->pid, $parent, "$why: the same parent";
    is $server->get('/other')->body, '<p>good /other</p>', "$why: others are served";
    return substr $server->log_text, $mark;
}

put(page('one'));
$server->configure("MaxConnectionsPerChild 40\nSSREngine on\nSSRLoadTimeout 2s\n$other\n"
    . "SSRBundle live \"$file\" self-test=/\nSSRMap / live");
$server->launch->wait_up;
$parent = $server->pid;
is $server->get('/')->body, '<p>one</p>', 'the first version';

put(page('two'));
my $log = restart(USR1 => 'good');
is $server->get('/')->body, '<p>two</p>', 'good: the second version';
unlike $log, qr/V8SSR002[12]/, 'good: nothing to report';

for my $row (
    [USR1 => 'syntax error', "\n\nglobalThis.renderPage = ;\n", qr/live\.js:3:\d+: SyntaxError/],
    [HUP => 'throws', "throw new Error('no');\n", qr/live\.js:1:1: Error: no/],
    [USR1 => 'fails its self-test', "globalThis.renderPage = () => { throw 1 };\n",
        qr/the self-test \/ failed: /],
    [USR1 => 'loads for ever', "for (;;);\n", qr/still being evaluated/],
    [HUP => 'is gone', undef, qr/cannot read \S+live\.js: No such file/],
) {
    my ($signal, $why, $text, $message) = @$row;
    defined $text ? put($text) : unlink $file;
    $log = restart($signal => $why);
    my @errors = grep { /V8SSR/ && /:error\]/ } split /\n/, $log;
    is scalar @errors, 1, "$why: one error";
    like $errors[0], qr/V8SSR0021: bundle live: .*last good one goes on: .*$message/,
        "$why: that says why";
    is $server->get('/')->body, '<p>two</p>', "$why: the second version goes on";
}

put(page('three'));
$log = restart(USR1 => 'mended');
is $server->get('/')->body, '<p>three</p>', 'mended: the third version';

# All children of a generation serve what was checked.
put(page('four'));
is $server->get('/')->body, '<p>three</p>', 'a new file alone changes nothing';
my @before = $server->children;
ok wait_for { $server->get('/other'); my @now = $server->children;
    @now && !grep { $_ == $before[0] } @now }, 'a child is replaced';
is $server->get('/')->body, '<p>three</p>', 'its successor serves the same' for 1 .. 8;

# New in the configuration, and broken from the start.
$server->configure("SSREngine on\n$other\nSSRBundle live \"$file\"\nSSRMap / live\n"
    . "SSRBundle new \"\${TOP}/bundles/hostile/syntax-error.js\"\nSSRMap /new new");
$log = restart(USR1 => 'new');
like $log, qr/V8SSR0022: bundle new is refused.*syntax-error\.js:3:/, 'new: refused';
is $server->get('/new')->status, 500, 'new: its URLs fail';
is $server->get('/')->body, '<p>four</p>', 'new: the others are the newest';

done_testing;

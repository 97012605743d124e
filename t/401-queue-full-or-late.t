# SPDX-License-Identifier: Apache-2.0
#
# One isolate, a queue of two, 600 ms in it: what is too much is refused at
# once, what waits too long is refused then, and files are served meanwhile.
use strict;
use warnings;
use Time::HiRes qw(time);
use V8Test;

expect_log(qw(V8SSR0011 V8SSR0012));
my $server = own_server(children => 1, limit => 1, threads => 16,
    config => <<'CONF');
SSRIsolates 1
SSRQueue 2 600ms
SSRTimeout 10s
SSREngine on
SSRBundle slow "${TOP}/bundles/test/slow.js"
CONF
put_file($server);

sub put_file {
    my ($server) = @_;
    open my $file, '>', "$server->{documents}/static.txt" or die $!;
    print {$file} "a file\n";
    close $file or die $!;
}

# Sends a render that is known to run when this returns.
sub occupy {
    my ($server, $ms) = @_;
    my $path = "/occupy?ms=$ms&at=" . time;
    my $busy = $server->connect->send('GET', $path);
    wait_for { log_lines($server, qr/console: begins \Q$path\E$/) }
        or die "$path does not begin";
    return $busy;
}

is $server->get('/warm')->status, 200, 'the server is up';

my $busy = occupy($server, 2000);
my $began = time;
my @more = map { $server->connect->send('GET', "/more/$_?ms=1") } 1 .. 5;
is $server->get('/static.txt')->body, "a file\n", 'a file is served meanwhile';
my (@at_once, @later);
for my $response (map { $_->read } @more) {
    is $response->status, 503, 'refused';
    is $response->header('Retry-After'), 1, 'Retry-After: the time in the queue';
    like $response->header('Content-Type'), qr/^text\/html/, 'an error page';
}
my $took = time - $began;
ok $took > 0.5 && $took < 1.9, sprintf '%.1f s until all five are refused', $took;
my @full = log_lines($server, qr/V8SSR0011: /);
my @late = log_lines($server, qr/V8SSR0012: /);
is scalar @full, 3, 'three found the queue full';
is scalar @late, 2, 'two waited too long';
like $full[0], qr/bundle slow, GET \/more\/\d\?ms=1: .*\(SSRQueue\)/,
    'full: bundle, URL, directive';
like $late[0],
    qr/bundle slow, GET \/more\/\d\?ms=1: .*within 600 ms.*\(SSRQueue\)/,
    'late: bundle, URL, time, directive';
is $busy->read->status, 200, 'the one that ran is not touched';

# The queue forgets who gave up once the isolate looks at it.
ok wait_for { $server->get('/idle')->status == 200 }, 'served again';

# What is neither too much nor too late is served in turn.
$busy = occupy($server, 200);
@more = map { $server->connect->send('GET', "/wait/$_?ms=1") } 1 .. 2;
is $_->read->status, 200, 'waited, and served' for $busy, @more;

# However long SSRQueue is: renders never take a child's last thread.
my $long = own_server(children => 1, limit => 1, threads => 8,
    config => <<'CONF');
SSRIsolates 1
SSRQueue 1000 20s
SSRTimeout 20s
SSREngine on
SSRBundle slow "${TOP}/bundles/test/slow.js"
CONF
put_file($long);
is $long->get('/warm')->status, 200, 'long queue: the server is up';
like +(log_lines($long, qr/V8SSR0001: /))[0], qr/queue of 6\b/,
    'long queue: cut to what eight threads allow';
my $first = occupy($long, 1000);
my @many = map { $long->connect->send('GET', "/$_?ms=1") } 1 .. 12;
$began = time;
is $long->get('/static.txt')->body, "a file\n", 'long queue: a file';
cmp_ok time - $began, '<', 1, 'long queue: served while renders wait';
my %count;
$count{$_->read->status}++ for $first, @many;
is_deeply \%count, { 200 => 7, 503 => 6 },
    'long queue: one runs, six wait, the rest is refused';

done_testing;

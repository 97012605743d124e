# SPDX-License-Identifier: Apache-2.0
#
# SSRMemoryLimit: near it, idle isolates give back what they hold and the child
# stays; over it, the child ends what it has and is replaced.
use strict;
use warnings;
use V8Test;

expect_log(qw(V8SSR0127 V8SSR0128));
my $server = own_server(children => 1, limit => 3, config => <<'CONF');
SSRIsolates 1
SSRQueue 20 20s
SSRTimeout 60s
SSRArrayBufferLimit 2G
SSRMemoryLimit 800M
SSREngine on
SSRBundle heavy "${TOP}/bundles/test/heavy.js"
CONF

is $server->get('/')->body, '<p>0 kept</p>', 'nothing is kept';
my ($first) = $server->children;
is scalar log_lines($server, qr/V8SSR012[78]/), 0, 'and nobody complains';
is $server->get('/keep?mib=660')->body, '<p>kept</p>', 'it keeps 660 MiB';
ok wait_for { $server->get('/')->body eq '<p>0 kept</p>' },
    'the isolate is made anew and keeps nothing';
my @lines = log_lines($server, qr/V8SSR0128: /);
is scalar @lines, 1, 'one warning';
like $lines[0], qr/child $first has \d+ MiB resident, near its limit of 800 MiB/, 'which child';
is_deeply [$server->children], [$first], 'the child is still the same';
is scalar log_lines($server, qr/V8SSR0127/), 0, 'it was not over it';

my $held = $server->connect->send('GET', '/hold?mib=900&ms=4000');
my (@lost, $served);
my $gone = wait_for {
    my $r = $server->get('/' . ++$served);
    push @lost, $served if $r->status != 200;
    my @now = $server->children;
    @now && !grep { $_ == $first } @now;
} 40;
ok $gone, 'over it: the child is replaced';
is $held->read->body, '<p>held 90</p>', 'its render ended well';
is_deeply \@lost, [], 'others are served all the time';
@lines = log_lines($server, qr/V8SSR0127: /);
is scalar @lines, 1, 'one line';
like $lines[0], qr/child $first has \d+ MiB resident, more than 800 MiB/, 'which child';

# What no limit of V8's counts.
my $small = own_server(children => 1, limit => 3, config => <<'CONF');
SSRIsolates 1
SSRHeapLimit 32M
SSRQueue 20 20s
SSRTimeout 60s
SSRMemoryLimit 300M
SSREngine on
SSRBundle heavy "${TOP}/bundles/test/heavy.js"
CONF
is $small->get('/native?mib=20&ms=1')->body, '<p>held 10</p>', 'some of that';
my ($child) = $small->children;
$held = $small->connect->send('GET', '/native?mib=400&ms=4000');
($served, @lost) = (0);
$gone = wait_for {
    push @lost, $served if $small->get('/' . ++$served)->status != 200;
    my @now = $small->children;
    @now && !grep { $_ == $child } @now;
} 40;
ok $gone, 'memory beside the heap: the child is replaced';
is $held->read->body, '<p>held 200</p>', 'its render ended well';
is_deeply \@lost, [], 'others are served all the time';
@lines = log_lines($small, qr/V8SSR0127: /);
is scalar @lines, 1, 'one line';
like $lines[0], qr/child $child has \d+ MiB resident, more than 300 MiB/, 'which child';

done_testing;

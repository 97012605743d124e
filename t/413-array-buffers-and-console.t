# SPDX-License-Identifier: Apache-2.0
#
# SSRArrayBufferLimit, and how much of a flood of console lines is logged.
use strict;
use warnings;
use V8Test;

expect_log(qw(V8SSR0005 V8SSR0006));
my $server = own_server(children => 1, limit => 1, config => <<'CONF');
SSRIsolates 1
SSRArrayBufferLimit 8M
SSREngine on
SSRTimeout 60s
SSRBundle busy "${TOP}/bundles/test/busy.js"
CONF

is $server->get('/good')->body, '<p>/good</p>', 'a child is there';
my @children = $server->children;
for my $try (1 .. 3) {
    is $server->get('/buffers?mib=4')->body, '<p>4 MiB</p>', "try $try: fewer";
    is $server->get('/buffers?mib=9')->status, 500, "try $try: more";
}
my @lines = log_lines($server, qr/V8SSR0006: /);
is scalar @lines, 3, 'one line each';
like $lines[0], qr/GET \/buffers\?mib=9: \S+:\d+:\d+: RangeError: Array buffer allocation failed/, 'what it says';

is $server->get('/flood?length=5000')->body, '<p>flooded</p>', 'a flood of lines';
@lines = log_lines($server, qr/V8SSR0005: /);
is scalar @lines, 101, '100 lines, and one';
is scalar(grep { length > 3000 } @lines), 0, 'none is long';
like $lines[-1], qr/console: \(900 more console lines of this render, \d{7} bytes, are not logged\)$/,
    'the last one says how much there was besides';
is_deeply [$server->children], \@children, 'the child is still the same';

done_testing;

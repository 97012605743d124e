# SPDX-License-Identifier: Apache-2.0
#
# SSRMaxResponse counts bytes as sent; what is too large is neither sent nor
# kept.
use strict;
use warnings;
use V8Test;

expect_log('V8SSR0010');
my $server = own_server(children => 1, limit => 1, config => <<'CONF');
SSRIsolates 1
SSRMaxResponse 10K
SSREngine on
SSRBundle sized "${TOP}/bundles/test/sized.js"
SSRBundle huge "${TOP}/bundles/hostile/huge-answer.js"
SSRMap / sized
SSRMap /huge huge
CONF

sub memory_kb {
    my ($child) = $server->children;
    open my $status, '<', "/proc/$child/status" or die $!;
    my ($kb) = map { /^VmRSS:\s+(\d+)/ ? $1 : () } <$status>;
    return $kb;
}

# query, status
my @rows = (
    ['bytes=0', 200],
    ['bytes=10240', 200],
    ['bytes=10241', 500],
    ['bytes=10240&unit=wide', 200],
    ['bytes=10242&unit=wide', 500], # 5121 characters
    ['bytes=1000000', 500],
    ['bytes=10240', 200],
);
for my $row (@rows) {
    my ($query, $status) = @$row;
    my $r = $server->get("/?$query");
    is $r->status, $status, "$query: $status";
    is length $r->body, ($query =~ /(\d+)/)[0], "$query: whole"
        if $status == 200;
    like $r->body, qr/Internal Server Error/, "$query: an error page"
        if $status == 500;
}
like +(log_lines($server, qr/V8SSR0010: /))[0],
    qr{bundle sized, GET /\?bytes=10241: .*more than 10240 bytes.*\(SSRMaxResponse\)},
    'bundle, URL, limit and directive';

$server->get('/huge') for 1 .. 3;
my $before = memory_kb();
is $server->get('/huge')->status, 500, 'huge' for 1 .. 20;
my $grown = memory_kb() - $before;
ok $grown < 120_000, "memory after twenty answers of 50 MB: $grown KB more";

done_testing;

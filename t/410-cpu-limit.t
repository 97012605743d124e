# SPDX-License-Identifier: Apache-2.0
#
# SSRCPUTimeLimit: what a render computes counts, in all its turns together;
# what it waits for, and what others compute meanwhile, does not.
use strict;
use warnings;
use JSON::PP;
use V8Test;

expect_log('V8SSR0125');
my $server = own_server(children => 1, limit => 1, config => <<'CONF');
SSRIsolates 1
SSRTimeout 60s
SSRQueue 10 60s
SSRCPUTimeLimit 300ms
SSREngine on
SSRBundle busy "${TOP}/bundles/test/busy.js"
SSRBundle microtasks "${TOP}/bundles/hostile/microtask-loop.js"
SSRMap / busy
SSRMap /microtasks microtasks
<Location /free>
    SSRCPUTimeLimit off
</Location>
<Location /more>
    SSRCPUTimeLimit 50s
</Location>
<Location /status>
    SetHandler v8ssr-status
    Require local
</Location>
CONF

is $server->get('/good')->body, '<p>/good</p>', 'a child is there';
my @children = $server->children;
my @rows = (
    ['/loop', qr{bundle busy, GET /loop: \S+/busy\.js:\d+:\d+: }],
    ['/turns', qr{bundle busy, GET /turns: \S+/busy\.js:\d+:\d+: }],
    ['/microtasks', qr{bundle microtasks, GET /microtasks: \S+/microtask-loop\.js:\d+:\d+: }],
);
for my $row (@rows) {
    my ($url, $says) = @$row;
    my $r = $server->get($url);
    is $r->status, 503, "$url: 503";
    is $r->header('Retry-After'), 60, "$url: Retry-After";
    my @lines = log_lines($server, qr/V8SSR0125: .*GET \Q$url\E:/);
    is scalar @lines, 1, "$url: one line";
    like $lines[0] // '', qr/${says}used up 300 ms of processor time.*\(SSRCPUTimeLimit\)$/,
        "$url: bundle, URL, place and limit";
    is $server->get('/good')->body, '<p>/good</p>', "$url: and the next one";
}

is $server->get("/$_/burn?ms=600")->body, '<p>burnt</p>', "/$_: has time"
    for qw(free more);

# One waits while another one computes more than it may itself.
my $waits = $server->connect->send('GET', '/wait');
ok wait_for { log_lines($server, qr/console: waits/) }, 'a render waits';
is $server->get('/free/burn?ms=900')->body, '<p>burnt</p>', 'another computes';
is $server->get('/go')->body, '<p>go</p>', 'it may go on';
is $waits->read->body, '<p>waited</p>', 'the time of others is not its own';

my $status = decode_json($server->get('/status?json')->body);
my ($busy) = grep { $_->{bundle} eq 'busy' } @{$status->{bundles}};
is $busy->{errors_by_kind}{cpu}, 2, 'counted as what it is';
is $busy->{errors_by_kind}{timeout}, 0, 'and not as what it is not';
is_deeply [$server->children], \@children, 'the child is still the same';

done_testing;

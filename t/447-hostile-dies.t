# SPDX-License-Identifier: Apache-2.0
#
# What V8 can only abort: the log names bundle and URL, the child is replaced,
# and a page that another child has under way never notices.
use strict;
use warnings;
use V8Test;

my $server = own_server(children => 2, limit => 4, threads => 8, config => <<'CONF');
MinSpareThreads 9
SSRIsolates 1
SSRHeapLimit 32M
SSRTimeout 30s
SSREngine on
SSRBundle dies "${TOP}/bundles/cases/dies.js"
CONF

# name => what V8 says
for my $row (['split-long', qr/Fatal JavaScript invalid size error \d+/]) {
    my ($name, $reason) = @$row;
    ok wait_for { my @all = $server->children; @all >= 2 }, "$name: two children";
    is $server->get_from($_, '/warm')->status, 200, "$name: both serve" for $server->children;
    my ($victim, $other, @more) = $server->children;
    is "@more", '', "$name: no others";
    my $mark = length $server->log_text;

    # One of them is at work on a page while the other dies.
    kill 'STOP', $victim;
    wait_for { V8Test::Server::_is_stopped($victim) } or die "no stop\n";
    my $page = "/long?ms=3000&of=$name";
    my $busy = $server->connect->send('GET', $page);
    my $r = eval { $server->get_from($other, '/meanwhile') };
    ok $r && $r->status == 200, "$name: the other child has a page under way";
    kill 'CONT', $victim;
    ok !eval { $server->get_from($victim, "/$name") }, "$name: its client gets no answer";
    is eval { $busy->read->body }, "<p>good $page</p>", "$name: the other child's page comes";
    ok wait_for { !grep { $_ == $victim } $server->children }, "$name: the child has ended";
    ok wait_for { my @all = $server->children; @all >= 2 }, "$name: and is replaced";
    ok !!(grep { $_ == $other } $server->children), "$name: the other one is still there";
    my $said = substr $server->log_text, $mark;
    like $said, $reason, "$name: V8 says why";
    like $said, qr/^v8pool: V8 aborts this process: .*; bundle dies, url \/$name$/m, "$name: the log names bundle and URL";
    like $said, qr/AH0005[12]: child pid $victim exit signal /, "$name: httpd says that it ended";
    is $server->get('/after')->body, '<p>good /after</p>', "$name: pages are served";
}

done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# V8 does not come back from one render: others that wait in its isolate, and have
# answered nothing yet, begin again in another one, once.
use strict;
use warnings;
use V8Test;

expect_log(qw(V8SSR0008 V8SSR0126 V8SSR0107 V8SSR0016));
my $server = own_server(children => 1, limit => 3, config => <<'CONF');
SSRIsolates 2
SSRQueue 20 20s
SSRTimeout 20s
SSRStuckGrace 2s
SSREngine on
SSRBundle deaf "${TOP}/bundles/test/deaf.js"
<Location /deaf>
    SSRTimeout 300ms
</Location>
CONF

my @clients = map { $server->connect } 1 .. 6;
my $begun = sub { return scalar log_lines($server, qr/console: waits/) };
for my $n (1 .. @clients) {
    $clients[$n - 1]->send('GET', "/later?ms=1500&$n");
    ok wait_for { $begun->() == $n }, "render $n waits";
}
is $server->get('/deaf')->status, 503, 'V8 does not come back from another one';
my @answers = map { $_->read } @clients;
is join(' ', map { $_->status } @answers), join(' ', map { 200 } @clients), 'all are answered';
is join('', map { $_->body } @answers), '<p>later</p>' x @clients, 'with their pages';
my @lines = log_lines($server, qr/V8SSR0107: /);
cmp_ok scalar @lines, '>', 0, 'some were in its isolate';
cmp_ok scalar @lines, '<', scalar @clients, 'some were not';
is $begun->(), @clients + @lines, 'those began twice';
like $lines[0], qr{bundle deaf, GET /later: another render in its isolate does not end}, 'and the log says so';

done_testing;

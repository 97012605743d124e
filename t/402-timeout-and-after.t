# SPDX-License-Identifier: Apache-2.0
#
# A render that outlives SSRTimeout is ended in time, and the only isolate
# goes on: other bundles keep their state, the ended one gets a new context.
use strict;
use warnings;
use Time::HiRes qw(time);
use V8Test;

expect_log('V8SSR0008');
my $server = own_server(children => 1, limit => 1, config => <<'CONF');
SSRIsolates 1
SSRTimeout 300ms
SSRQueue 10 10s
SSREngine on
SSRBundle slow "${TOP}/bundles/test/slow.js"
SSRBundle loops "${TOP}/bundles/hostile/loops.js"
SSRBundle other "${TOP}/bundles/test/slow.js"
SSRMap / slow
SSRMap /loops loops
SSRMap /other other
CONF

is $server->get('/other?ms=1')->body, '<p>slow 1 render 1</p>', 'a first render';
for my $n (1 .. 5) {
    my $began = time;
    my $loop = $server->connect->send('GET', "/loops/$n");
    my $waiting = $server->connect->send('GET', '/other?ms=2');
    my $r = $loop->read;
    my $took = time - $began;
    is $r->status, 503, "loop $n: 503";
    is $r->header('Retry-After'), 10, "loop $n: Retry-After";
    ok $took > 0.25 && $took < 1.5, sprintf 'loop %d: ended after %.2f s', $n,
        $took;
    is $waiting->read->body, '<p>slow 2 render ' . ($n + 1) . '</p>',
        "loop $n: the next in line is served, its context as it was";
}
my @lines = log_lines($server, qr/V8SSR0008: /);
is scalar @lines, 5, 'one line each';
like $lines[0],
    qr{bundle loops, GET /loops/1: \S+/loops\.js:5:5: still rendering after 300 ms},
    'bundle, URL, place and limit';

# The bundle whose render was ended starts anew.
is $server->get('/?ms=1')->body, '<p>slow 1 render 1</p>', 'render 1';
is $server->get('/?ms=1')->body, '<p>slow 1 render 2</p>', 'render 2';
is $server->get('/?ms=5000')->status, 503, 'too slow';
is $server->get('/?ms=1')->body, '<p>slow 1 render 1</p>', 'a new context';
is scalar($server->children), 1, 'still one child';

done_testing;

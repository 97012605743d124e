# SPDX-License-Identifier: Apache-2.0
#
# SSRPoison: a URL in whose renders children end is not rendered for a while,
# then the bundle; what V8 does not end counts as well.
use strict;
use warnings;
use JSON::PP;
use V8Test;

expect_log(qw(V8SSR0008 V8SSR0126 V8SSR0129 V8SSR0016));
my $server = own_server(children => 2, limit => 8, config => <<'CONF');
SSRIsolates 2
SSRQueue 20 20s
SSRTimeout 60s
SSRStuckGrace 200ms
SSRPoison 2 10m 10m
SSREngine on
SSRBundle busy "${TOP}/bundles/test/busy.js"
SSRBundle deaf "${TOP}/bundles/test/deaf.js"
SSRMap / busy
SSRMap /other deaf
<Location /other/deaf>
    SSRTimeout 200ms
</Location>
<Location /status>
    SetHandler v8ssr-status
    Require local
</Location>
CONF

sub refused { return decode_json($server->get('/status?json')->body)->{refused} }

# Ends the child in the middle of that render, as a fault in V8 would.
sub dies_in {
    my ($url) = @_;
    my $before = () = log_lines($server, qr/console: loops \Q$url\E/);
    my $client = $server->connect->send('GET', $url);
    my @lines;
    ok wait_for { (@lines = log_lines($server, qr/console: loops \Q$url\E/)) > $before },
        "$url: is rendered";
    my ($pid) = $lines[-1] =~ /\[pid (\d+)/;
    kill 'KILL', $pid;
    ok wait_for { !grep { $_ == $pid } $server->children }, "$url: its child ends";
    return;
}

my $path = '/a/loop';
is $server->get('/a/good')->status, 200, 'at first';
dies_in("$path?1");
is_deeply refused(), [], 'once is not enough';
dies_in("$path?2");
ok wait_for { @{refused()} == 1 }, 'twice is';
my @lines = log_lines($server, qr/V8SSR0129: /);
is scalar @lines, 1, 'one line';
like $lines[0], qr{bundle busy, /a/loop: 2 children have ended in its renders within 600 s: it is not rendered for 600 s \(SSRPoison\)},
    'bundle, path, how often';
my $r = $server->get("$path?3");
is $r->status, 503, 'refused, whatever the query';
ok $r->header('Retry-After'), 'Retry-After';
like +(log_lines($server, qr/V8SSR0130: /))[0], qr{bundle busy, GET /a/loop\?3: .*\(SSRPoison\)},
    'the log of the request';
is $server->get('/a/good')->body, '<p>/a/good</p>', 'other URLs of the bundle are rendered';
is refused()->[0]{path}, $path, 'the status says which';
like $server->get('/status')->body, qr{<td>busy<td>/a/loop<td>\d+ s}, 'for people, too';
like $server->get('/status?prometheus')->body, qr/^v8ssr_refused 1$/m, 'and for machines';

# Other URLs go on: the bundle, after twice as many.
dies_in('/b/loop');
is $server->get('/a/good')->status, 200, 'three: the bundle is rendered';
dies_in('/c/loop');
ok wait_for { @{refused()} == 2 }, 'four: it is not';
is $server->get('/a/good')->status, 503, 'none of its URLs';
is $server->get('/other/x')->body, '<p>/other/x</p>', 'other bundles are';

# A built-in function that V8 does not end: counted while the child lives.
for my $n (1, 2) {
    my $stuck = () = log_lines($server, qr/V8SSR0126: /);
    is $server->get('/other/deaf')->status, 503, "deaf, $n";
    ok wait_for { (() = log_lines($server, qr/V8SSR0126: /)) > $stuck }, "deaf, $n: noticed";
}
ok wait_for { grep { ($_->{path} // '') eq '/other/deaf' } @{refused()} }, 'deaf: refused';
is $server->get('/other/x')->body, '<p>/other/x</p>', 'its bundle is not';

done_testing;

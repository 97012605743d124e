# SPDX-License-Identifier: Apache-2.0
#
# A stop does not wait for a render that would take a minute; a graceful stop
# waits for one that takes a second.
use strict;
use warnings;
use V8Test;

my $config = <<'CONF';
SSRIsolates 2
SSRTimeout 60s
SSREngine on
SSRBundle slow "${TOP}/bundles/test/slow.js"
SSRBundle regexp "${TOP}/bundles/hostile/regexp-backtrack.js"
SSRMap / slow
SSRMap /regexp regexp
CONF

sub no_force {
    my ($server, $name) = @_;
    is_deeply [log_lines($server, qr/still did not exit|exit signal/)], [],
        "$name: no child had to be killed";
}

# name, paths that run when the stop comes
for my $row (
    ['one loop', '/?ms=60000'],
    ['every isolate loops', '/1?ms=60000', '/2?ms=60000']) {
    my ($name, @paths) = @$row;
    my $server = own_server(children => 1, limit => 1, config => $config);
    my @clients = map { $server->connect->send('GET', $_) } @paths;
    ok wait_for { log_lines($server, qr/console: begins /) >= @paths },
        "$name: begun";
    my @children = $server->children;
    my $took = $server->stop;
    ok $took >= 0 && $took < 5, sprintf '%s: stopped in %.1f s', $name, $took;
    is_deeply [grep { kill 0, $_ } @children], [], "$name: no child is left";
    no_force($server, $name);
    for my $client (@clients) {
        my $r = eval { $client->read(5) };
        ok !$r || $r->status == 503, "$name: no page for the render cut off";
    }
}

# Inside a builtin of V8, not in JavaScript of its own.
my $server = own_server(children => 1, limit => 1, config => $config);
my $stuck = $server->connect->send('GET', '/regexp');
ok wait_for { $server->is_in_flight('/regexp') }, 'a regular expression runs';
my $took = $server->stop;
ok $took >= 0 && $took < 5, sprintf 'regexp: stopped in %.1f s', $took;
no_force($server, 'regexp');

$server = own_server(children => 1, limit => 1, config => $config);
my $client = $server->connect->send('GET', '/?ms=1000',
    Connection => 'close');
ok wait_for { $server->is_in_flight('/?ms=1000') }, 'a render is under way';
kill 'WINCH', $server->pid; # apachectl graceful-stop
my $r = $client->read;
is $r->status, 200, 'graceful stop: the render under way is answered';
is $r->body, '<p>slow 1000 render 1</p>', 'graceful stop: with its page';
undef $client; # a child waits for clients that keep their connection
$took = $server->wait_end;
ok $took >= 0 && $took < 5, 'graceful stop: then it ends';
no_force($server, 'graceful stop');

done_testing;

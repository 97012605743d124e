# SPDX-License-Identifier: Apache-2.0
#
# A built-in function that V8 does not end (SSRStuckGrace): the asker gets its
# error, the child ends what it has and is replaced, nobody else notices.
use strict;
use warnings;
use V8Test;

expect_log(qw(V8SSR0008 V8SSR0125 V8SSR0126 V8SSR0016));
my $server = own_server(children => 1, limit => 3, config => <<'CONF');
SSRIsolates 2
SSRQueue 20 20s
SSRTimeout 300ms
SSRStuckGrace 200ms
SSREngine on
SSRBundle deaf "${TOP}/bundles/test/deaf.js"
<Location /cpu>
    SSRTimeout 50s
    SSRCPUTimeLimit 200ms
</Location>
<Location /long>
    SSRTimeout 50s
</Location>
CONF

my $served = 0;
my @lost;
sub meanwhile {
    my $r = $server->get('/meanwhile?' . ++$served);
    push @lost, $served if $r->status != 200;
    return;
}

sub is_replaced {
    my ($name, $before) = @_;
    my $gone = wait_for {
        meanwhile();
        my @now = $server->children;
        @now && !grep { $_ == $before } @now;
    } 40;
    ok $gone, "$name: the child is replaced";
}

meanwhile();
my ($first) = $server->children;
my $later = $server->connect->send('GET', '/long/later?ms=3000');
ok wait_for { log_lines($server, qr/console: waits/) }, 'a render waits';
my $r = $server->get('/deaf');
is $r->status, 503, '/deaf: 503';
like +(log_lines($server, qr/V8SSR0008: /))[0],
    qr/bundle deaf, GET \/deaf: V8 did not stop within 1000 ms after the limit of 300 ms/,
    '/deaf: what the log says of the request';
is $later->read->body, '<p>later</p>', 'the other render of that child ends well';
is_replaced('/deaf', $first);
my @lines = log_lines($server, qr/V8SSR0126: /);
is scalar @lines, 1, '/deaf: one line';
like $lines[0], qr/bundle deaf, \/deaf: V8 did not stop within 200 ms \(SSRStuckGrace\); 1 of 2 isolates are lost: child $first takes no more connections/,
    '/deaf: bundle, URL, child';

# The same where it is the limit of processor time, and others stream.
my $stream = $server->connect->send('GET', '/long/stream?n=40');
ok wait_for { log_lines($server, qr/console: streams/) }, 'a page streams';
is $server->get('/cpu/deaf')->status, 503, '/cpu/deaf: 503';
like +(log_lines($server, qr/V8SSR0125: /))[0],
    qr/GET \/cpu\/deaf: V8 did not stop within 1000 ms after it had used up 200 ms of processor time/,
    '/cpu/deaf: what the log says of the request';
ok wait_for { (@lines = log_lines($server, qr/V8SSR0126: /)) == 2 }, '/cpu/deaf: noticed';
is_replaced('/cpu/deaf', ($lines[1] // '') =~ /child (\d+) takes/ ? $1 : 0);
is $stream->read->body, join('', map { "$_\n" } 1 .. 40), 'what its child had under way streams to its end';
is_deeply \@lost, [], "of $served others every one got its page";

done_testing;

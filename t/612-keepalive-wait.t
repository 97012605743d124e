# SPDX-License-Identifier: Apache-2.0
#
# SSRKeepAliveWait: the worker that sent a page from the cache answers the
# client's next request, and nobody waits for that.
use strict;
use warnings;
use Time::HiRes qw(sleep);
use V8Test;

my $server = own_server(children => 1, limit => 1, threads => 4, config => <<'CONF');
SSRIsolates 1
SSREngine on
SSRBundle pages "${TOP}/bundles/test/pages.js"
SSRCache on
SSRCacheTTL 1h
SSRKeepAliveWait 100ms
LogFormat "%U %{tid}P" tids
CustomLog tid_log tids
CONF

sub threads_of {
    my ($path, $count) = @_;
    my @tids;
    wait_for {
        open my $fh, '<', "$server->{root}/tid_log" or return 0;
        @tids = map { m{^\Q$path\E (\d+)} ? $1 : () } <$fh>;
        @tids >= $count;
    };
    my %seen = map { $_ => 1 } @tids;
    return scalar keys %seen;
}

$server->get('/page');
my $client = $server->connect;
is $client->send('GET', '/page')->read->status, 200, "request $_" for 1 .. 20;
is $client->send('GET', '/other')->read->status, 200, 'another page';
my $first = $server->connect;
$first->send('GET', '/same')->read; # rendered: not from the cache
is $first->send('GET', '/same')->read->status, 200, "request $_ on one connection" for 1 .. 20;
# the render and the first hit may be another worker's
cmp_ok threads_of('/same', 21), '<=', 2, 'which one worker answers';

# The time passes: the connection goes on as ever.
sleep 0.3;
is $first->send('GET', '/same')->read->status, 200, 'a client that comes late is answered';
sleep 0.15;
is $first->send('GET', '/same')->read->status, 200, 'again';

# More clients than workers, all of which just got a page.  When all workers are
# busy, httpd may close connections that wait: the client asks again (RFC 9112, 9.3.1).
my @clients = map { $server->connect } 1 .. 6;
for my $round (1 .. 5) {
    for my $one (@clients) {
        my $r = eval { $one->send('GET', '/page')->read };
        if (!$r) {
            $one = $server->connect;
            $r = $one->send('GET', '/page')->read;
        }
        is $r->status, 200, "six clients, four workers, round $round";
    }
}
undef @clients;
is $server->get('/page')->status, 200, 'clients that leave are noticed';

done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# request.signal: renders are told when their client goes and when their time is
# up; what they do then is bounded.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use V8Test;

# Answers nothing.
my $silent = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1') or die "listen: $!\n";
my $port = $silent->sockport;
my $to = "to=http%3A%2F%2F127.0.0.1%3A$port%2F";

my $server = own_server(children => 1, limit => 1, threads => 24, config => <<"CONF");
<IfModule !http2_module>
    LoadModule http2_module "\${MODULES}/mod_http2.so"
</IfModule>
Protocols h2c http/1.1
SSRIsolates 1
SSREngine on
SSRBundle signal "\${TOP}/bundles/test/signal.js" format=esm
SSRBundle urls "\${TOP}/bundles/test/signal.js" format=esm entry=url
SSRMap / signal
SSRMap /url urls
SSRTimeout 60s
SSRFetchTimeout 60s
SSRFetch local allow:127.0.0.1:$port
<Location /fetch/short>
    SSRTimeout 2s
</Location>
<Location /clone/fresh>
    SSRScope request
</Location>
<Location /url/short>
    SSRTimeout 2s
</Location>
CONF

sub says { my ($line) = @_; return wait_for { $server->log_text =~ /console: \Q$line\E(?:\n|, referer)/ } }
sub begin {
    my ($path, $name) = @_;
    my $client = $server->connect->send('GET', $path);
    ok says("$name: begins"), "$name: a render";
    return $client;
}
sub leave { my ($client) = @_; close $client->{socket}; return }

# --- the client goes -----------------------------------------------------------------

my $client = begin("/fetch/gone?$to", 'gone');
ok(IO::Select->new($silent)->can_read(60), 'waits for a fetch');
my $socket = $silent->accept;
leave($client);
ok says('gone: AbortError'), 'its client goes: the signal is aborted';
ok says('gone: caught AbortError, true'), 'the fetch fails with its reason';
ok wait_for { my $bytes; IO::Select->new($socket)->can_read(0.1) && !sysread $socket, $bytes, 4096 }, 'and is given up';

leave(begin('/clone/clone', 'clone'));
ok says('clone: AbortError'), 'so are clones';

leave(begin('/clone/fresh', 'fresh'));
ok says('fresh: AbortError'), 'SSRScope request makes no difference';

leave(begin('/url/a', 'url/a'));
ok says('url/a: AbortError'), 'an entry that takes a URL has ctx.signal';

$client = begin('/stream/body', 'body');
ok $client->has_come(qr/shell/), 'begins to send';
leave($client);
ok says('body: cancelled, AbortError'), 'its stream is cancelled';

my $pid = fork // die "fork: $!\n";
if ($pid == 0) {
    exec "exec curl -sN --max-time 60 -o /dev/null --http2-prior-knowledge 'http://127.0.0.1:$server->{port}/clone/h2'"
        or die "curl: $!\n";
}
ok says('h2: begins'), 'HTTP/2: a render';
kill 'KILL', $pid;
waitpid $pid, 0;
ok says('h2: AbortError'), 'HTTP/2: its client goes';

is $server->get('/count/x')->body, '1', 'a bundle has its state';
for my $round (1 .. 4) {
    $client = begin("/busy/busy$round", "busy$round");
    ok says("busy$round: busy"), 'code on the stack';
    leave($client);
    ok says("busy$round: AbortError"), 'its client goes: its turn ends, and it is told';
}
is $server->get('/count/x')->body, '2', 'the state stays';

# --- its time is up --------------------------------------------------------------------

is $server->get("/fetch/short?$to")->status, 503, 'the time is up: 503';
ok says('short: TimeoutError'), 'the signal is aborted';
ok says('short: caught TimeoutError, true'), 'and what the page then gives is dropped';
is $server->get('/url/short')->status, 503, 'the same for an entry that takes a URL';
ok says('url/short: TimeoutError'), 'and its signal';
expect_log('V8SSR0008');

# --- bounds ---------------------------------------------------------------------------

leave(begin('/spin/spin', 'spin'));
ok wait_for { $server->log_text =~ m{V8SSR0121: bundle signal: what listens to the signal of /spin/spin was ended after 50 ms} },
    'a listener that does not end is ended';
expect_log('V8SSR0121');
is $server->get('/plain/x')->body, 'plain', 'and holds up nobody';

leave(begin('/until/until', 'until'));
ok says('until: plain'), 'ctx.waitUntil() goes on, and may fetch';

done_testing;

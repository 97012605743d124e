# SPDX-License-Identifier: Apache-2.0
#
# Clients that leave, whatever their render is at: waiting in the queue, on the
# stack, for a timer, for a fetch, for its reader, or after its answer.  Nothing of
# it stays: the isolate takes one render at a time, and takes the next one.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use V8Test;

expect_log(qw(V8SSR0004));

# Answers nothing.
my $silent = IO::Socket::INET->new(Listen => 64, LocalAddr => '127.0.0.1') or die "listen: $!\n";
my $port = $silent->sockport;
my @accepted;

my $server = prepare_server(children => 1, limit => 1, threads => 16);
open my $fh, '>', "$server->{root}/states.mjs" or die $!;
print {$fh} <<"JS";
const long = () => new Promise((resolve) => { setTimeout(resolve, 1e8); });
const endless = async function* endless() { for (;;) { yield 'x'.repeat(16384); } };
const states = {
  stack: () => { for (;;); },
  timer: long,
  fetch: () => fetch('http://127.0.0.1:$port/'),
  hung: () => new Promise((resolve) => { globalThis.kept = resolve; setTimeout(() => {}, 1e8); }),
  reader: () => new Response(ReadableStream.from(endless()).pipeThrough(new TextEncoderStream())),
  after: (ctx) => { ctx.waitUntil(long()); return new Response('after'); },
};
export default {
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    const state = pathname.split('/')[1];
    console.info(`begins \${pathname}`);
    return states[state] ? await states[state](ctx) : new Response('free');
  },
};
JS
close $fh or die $!;
chmod 0644, "$server->{root}/states.mjs";
$server->configure(<<"CONF");
SSRIsolates 1
SSRIsolateConcurrency 1
SSRQueue 4 60s
SSRTimeout 60s
SSRFetchTimeout 60s
SSRFetch allow:127.0.0.1:$port
SSREngine on
SSRBundle states "$server->{root}/states.mjs"
<Location /after>
    SSRTimeout 300ms
</Location>
<Location /status>
    SetHandler v8ssr-status
    Require local
</Location>
CONF
$server->launch;
$server->wait_up or die 'no server';

sub fetches { my $f = decode_json($server->get('/status?json')->body)->{fetch}; return "$f->{started} $f->{ended}" }
sub begins { my ($path) = @_; return wait_for { log_lines($server, qr/console: begins \Q$path\E$/) } }
sub leave { my ($client) = @_; close $client->{socket}; return }

sub is_free {
    my ($name) = @_;
    is eval { $server->get("/free/$name")->body }, 'free', "$name: the isolate takes the next render";
    return;
}

for my $state (qw(stack timer hung reader fetch)) {
    my $client = $server->connect->send('GET', "/$state/alone");
    ok begins("/$state/alone"), "$state: a render";
    ok(IO::Select->new($silent)->can_read(60) && push(@accepted, $silent->accept), 'fetch: waits') if $state eq 'fetch';
    leave($client);
    is_free($state);

    # While it is there another one waits in the queue, whose client leaves first.
    $client = $server->connect->send('GET', "/$state/first");
    ok begins("/$state/first"), "$state: another render";
    my $queued = $server->connect->send('GET', "/$state/queued");
    leave($queued);
    leave($client);
    is_free("$state-queued");
}
ok wait_for { my ($started, $ended) = split / /, fetches(); $started >= 2 && $started == $ended }, 'no fetch is left';

my $r = $server->get('/after/answer');
is $r->body, 'after', 'after: an answer';
is_free('after');
like join("\n", log_lines($server, qr/V8SSR0004: /)), qr{bundle states, outside a render: console: ctx\.waitUntil\(\) of \S*/after/answer},
    'after: what was left was ended, which the log says';

done_testing;

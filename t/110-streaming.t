# SPDX-License-Identifier: Apache-2.0
#
# Bodies in pieces: what is there leaves, compressed and over HTTP/2 as well;
# errors and clients that leave; the cache.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Time::HiRes qw(sleep);
use V8Test;

expect_log(qw(V8SSR0006));

my $server = own_server(children => 1, limit => 1, threads => 16, config => <<'CONF');
<IfModule !http2_module>
    LoadModule http2_module "${MODULES}/mod_http2.so"
</IfModule>
Protocols h2c http/1.1
SSRIsolates 1
SSREngine on
SSRBundle stream "${TOP}/bundles/test/stream.js"
SSRCacheHeader cache-status
SSRCache on
SSRTimeout 20s
AddOutputFilterByType BROTLI_COMPRESS;DEFLATE text/html
<Location /off>
    SSRStreaming off
</Location>
<Location /on>
    SSRStreaming on
</Location>
<Location /none>
    SSRFlush none
</Location>
<Location /chunk>
    SSRFlush chunk
</Location>
<Location /short>
    SSRTimeout 1s
</Location>
<Location /status>
    SetHandler v8ssr-status
    Require local
</Location>
CONF

my $base = "http://127.0.0.1:$server->{port}";
my $gates = 0;
sub gate { return 'g' . ++$gates }
sub open_gate { is $server->get("/open/$_[0]")->body, 'open', "gate $_[0] opens"; return }


# --- the shell leaves first --------------------------------------------------------

my $gate = gate();
my $client = $server->connect->send('GET', "/a?gate=$gate");
ok $client->has_come(qr/shell \d/), 'the shell comes while the bundle waits';
unlike $client->{buffer}, qr/end \d/, 'the end does not';
open_gate($gate);
my $r = $client->read;
is $r->status, 200, 'then the rest';
like $r->body, qr{^<p>shell (\d)</p><p>end \1</p>$}, 'in order';
is $r->header('Transfer-Encoding'), 'chunked', 'in chunks';

sub slurp { local (@ARGV, $/) = @_; return scalar(<>) // '' }
for my $how (['brotli', '-H "Accept-Encoding: br" --compressed', qr/^content-encoding: br/mi],
    ['gzip', '-H "Accept-Encoding: gzip" --compressed', qr/^content-encoding: gzip/mi],
    ['HTTP/2', '--http2-prior-knowledge', qr{^HTTP/2 200}m],
    ['brotli over HTTP/2', '--http2-prior-knowledge -H "Accept-Encoding: br" --compressed', qr/^content-encoding: br/mi]) {
    my ($name, $options, $head) = @$how;
    my ($file, $heads) = map { "$server->{root}/out.$_" } qw(body head);
    unlink $file, $heads;
    my $gate = gate();
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        exec "exec curl -sN --max-time 25 -D '$heads' -o '$file' $options '$base/z?gate=$gate'" or die "curl: $!\n";
    }
    ok wait_for { -e $file && slurp($file) =~ /shell \d/ }, "$name: the shell comes while the bundle waits";
    like slurp($heads), $head, "$name: it is";
    open_gate($gate);
    waitpid $pid, 0;
    is $?, 0, "$name: curl is content";
    like slurp($file), qr{^<p>shell (\d+)</p><p>end \1</p>$}, "$name: the whole page";
}

# --- directives --------------------------------------------------------------------

$r = $server->get('/b');
like $r->header('Content-Length'), qr/^\d+$/, 'auto: without a pause it goes as a whole';
is $server->get('/on/b')->header('Transfer-Encoding'), 'chunked', 'on: always in chunks';
$gate = gate();
$client = $server->connect->send('GET', "/off/a?gate=$gate");
ok wait_for { $server->is_in_flight("/off/a?gate=$gate") }, 'off: it waits';

ok !$client->has_come(qr/./, 0), 'off: nothing comes';
open_gate($gate);
like $client->read->header('Content-Length'), qr/^\d+$/, 'off: all of it then';
$gate = gate();
$client = $server->connect->send('GET', "/none/a?gate=$gate");
ok wait_for { $server->is_in_flight("/none/a?gate=$gate") }, 'SSRFlush none: it waits';

ok !$client->has_come(qr/shell/, 0), 'SSRFlush none: so little does not leave';
open_gate($gate);
like $client->read->body, qr/end \d/, 'SSRFlush none: until the end';
my $chunks = () = $server->connect->send('GET', '/chunk/a', Connection => 'close')->raw =~ /^[0-9a-f]+\r$/mg;
is $chunks, 3, 'SSRFlush chunk: a chunk for each piece, and the last one';
$gate = gate();
$client = $server->connect->send('GET', "/none/a?gate=$gate&x=no");
ok $client->has_come(qr/shell/), 'X-Accel-Buffering: no goes before SSRFlush';
open_gate($gate);
$client->read;

# --- errors ------------------------------------------------------------------------

is $server->get('/c?fail=before')->status, 500, 'an error before the first byte: 500';
$gate = gate();
$client = $server->connect->send('GET', "/c?fail=after&gate=$gate&cc=s-maxage%3D60");
ok $client->has_come(qr/shell/), 'an error after the first byte:';
open_gate($gate);
ok !eval { $client->read; 1 }, 'the response is seen to be cut off';
like $@, qr/ends too early/, 'the connection ends';
ok wait_for { $server->log_text =~ /V8SSR0006.*fails after/ }, 'the log says why';
$gate = gate();
my ($file) = "$server->{root}/out.cut";
my $pid = fork // die "fork: $!\n";
if ($pid == 0) {
    exec "exec curl -sN --max-time 25 -o '$file' --http2-prior-knowledge '$base/c?fail=after&gate=$gate'";
}
ok wait_for { -e $file && slurp($file) =~ /shell/ }, 'the same over HTTP/2';
open_gate($gate);
waitpid $pid, 0;
isnt $?, 0, 'curl sees that the stream was reset';

# --- clients -----------------------------------------------------------------------

$client = $server->connect->send('GET', '/short/d?kb=8192');
ok $client->has_come(qr/shell/), 'a slow client';
like $server->get('/b')->body, qr/end/, 'holds up nobody';
my $until = time + 2;
ok wait_for { time > $until }, 'is given more than SSRTimeout';
like $client->read->body, qr{<p>end \d+</p>$}, 'and gets all of it';

# --- the cache ---------------------------------------------------------------------

$gate = gate();
my $target = "/e?gate=$gate&cc=s-maxage%3D60";
$client = $server->connect->send('GET', $target);
ok $client->has_come(qr/shell/), 'a page for the cache streams';
my $other = $server->connect->send('GET', $target);
ok wait_for { $server->is_in_flight($target) }, 'another one asks for it';
open_gate($gate);
my $page = $client->read->body;
is $other->read->body, $page, 'and gets the same';
$r = $server->get($target);
is $r->body, $page, 'it is stored';
like $r->header('Cache-Status'), qr/; hit/, 'and hit';
is $r->header('Content-Length'), length $page, 'with its length';
$gate = gate();
$target = "/f?gate=$gate&cc=s-maxage%3D60";
$client = $server->connect->send('GET', $target);
ok $client->has_come(qr/shell/), 'a client that leaves a page for the cache';
close $client->{socket};
open_gate($gate);
like $server->get($target)->header('Cache-Status'), qr/; hit/, 'does not end it: it is stored for others';
$gate = gate();
$target = "/g?gate=$gate&cc=s-maxage%3D60&fail=after";
$client = $server->connect->send('GET', $target);
ok $client->has_come(qr/shell/), 'a page for the cache that fails half-way';
open_gate($gate);
eval { $client->read };
# Its gate is open now: whether its first part leaves before it fails is a matter of time.
$r = eval { $server->get($target) };
unlike $r ? $r->header('Cache-Status') // '' : $@, qr/; hit/, 'is not stored';

# Compressed on the way: stored when it is whole.
$gate = gate();
$target = "/h?gate=$gate&cc=s-maxage%3D60";
$client = $server->connect->send('GET', $target, 'Accept-Encoding' => 'br');
ok wait_for { $server->is_in_flight($target) }, 'a compressed page for the cache';
open_gate($gate);
$page = $client->read->body;
$r = $server->get($target, 'Accept-Encoding' => 'br');
is $r->body, $page, 'is stored compressed';
is $r->header('Content-Length'), length $page, 'as it left';

# --- clients that leave ---------------------------------------------------------------

# One render at a time: who holds the isolate is seen by others.
$server = own_server(children => 1, limit => 1, threads => 16, config => <<'CONF');
SSRIsolates 1
SSRIsolateConcurrency 1
SSREngine on
SSRBundle stream "${TOP}/bundles/test/stream.js"
SSRBundle bodies "${TOP}/bundles/test/bodies.js" format=esm
SSRMap / stream
SSRMap /kind bodies
SSRTimeout 60s
SSRQueue 10 30s
<Location /off>
    SSRStreaming off
</Location>
CONF
for my $path ('/', '/off/') {
    $client = $server->connect->send('GET', "${path}d?gate=closed");
    ok wait_for { $server->is_in_flight("${path}d?gate=closed") }, "$path: a client whose render waits";
    close $client->{socket};
    like $server->get('/b')->body, qr/end/, "$path: takes it with it when it leaves";
}
is $server->request('POST', '/kind/x', body => 'y' x 70_000)->body, '["ReadableStream","' . 'y' x 70_000 . '"]',
    'a long body is read before the render, which has the isolate for itself';

done_testing;

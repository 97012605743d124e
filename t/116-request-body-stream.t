# SPDX-License-Identifier: Apache-2.0
#
# Bodies of requests that come while they are rendered: in both directions at a
# time, without being held in memory, and what happens when they break off.
use strict;
use warnings;
use IO::Select;
use Time::HiRes qw(time);
use V8Test;
use V8Test::HTTP2;

my $server = own_server(children => 1, limit => 1, threads => 24, config => <<'CONF');
<IfModule !http2_module>
    LoadModule http2_module "${MODULES}/mod_http2.so"
</IfModule>
<IfModule !reqtimeout_module>
    LoadModule reqtimeout_module "${MODULES}/mod_reqtimeout.so"
</IfModule>
RequestReadTimeout header=0 body=0
Protocols h2c http/1.1
SSRIsolates 1
SSREngine on
SSRBundle bodies "${TOP}/bundles/test/bodies.js" format=esm
SSRMaxRequestBody 32M
SSRTimeout 60s
LogLevel v8ssr:info
<LocationMatch "^/[a-z]+/small">
    SSRMaxRequestBody 100K
</LocationMatch>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName main.test
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName slow.test
    Timeout 1
</VirtualHost>
CONF

sub says { my ($line) = @_; return wait_for { $server->log_text =~ /console: \Q$line\E(?:\n|, referer)/ } }
sub logged { my ($pattern) = @_; return wait_for { $server->log_text =~ $pattern } }

# Sends the head; the body comes by send_chunk() or put().
sub begin {
    my ($path, @fields) = @_;
    @fields = ('Transfer-Encoding: chunked') if !@fields;
    my $client = $server->connect;
    $client->{method} = 'POST';
    unshift @fields, 'Host: main.test' if !grep { /^Host:/ } @fields;
    put($client, join "\r\n", "POST $path HTTP/1.1", @fields, '', '');
    return $client;
}

sub put {
    my ($client, $bytes) = @_;
    local $SIG{PIPE} = 'IGNORE';
    while (length $bytes) {
        my $n = syswrite $client->{socket}, $bytes;
        last if !$n;
        substr $bytes, 0, $n, '';
    }
    return $client;
}
sub send_chunk { my ($client, $bytes) = @_; return put($client, sprintf("%x\r\n", length $bytes) . "$bytes\r\n") }
sub send_end { return put($_[0], "0\r\n\r\n") }
sub leave { my ($client) = @_; close $client->{socket}; return }

sub checksum {
    my ($bytes) = @_;
    my ($a, $b) = (1, 0);
    for my $byte (unpack 'C*', $bytes) { $a = ($a + $byte) % 65521; $b = ($b + $a) % 65521 }
    return length($bytes) . ' ' . ($b * 65536 + $a);
}

# --- both directions at a time --------------------------------------------------------

my $client = begin('/echo/a');
send_chunk($client, 'first ');
ok $client->has_come(qr/first /), 'the first piece is answered before the second was sent';
send_chunk($client, 'second ');
ok $client->has_come(qr/second /), 'and the second before the end';
send_end($client);
my $r = $client->read;
is $r->status, 200, 'echo: status';
is $r->body, 'first second ', 'echo: the body';
like $r->header('Connection'), qr{close}, 'the connection ends where an answer began before the body had come';

# A stream of HTTP/2: its request, then DATA; what comes of it is collected.
sub begin_http2 {
    my ($path) = @_;
    my $client = V8Test::HTTP2->new($server);
    $client->frame(HEADERS => 4, 1, V8Test::HTTP2::block([':method', 'POST'], [':scheme', 'http'],
        [':authority', '127.0.0.1'], [':path', $path]));
    return $client;
}
sub comes {
    my ($client, $pattern) = @_;
    my $until = time + 60;
    while (($client->{got} // '') !~ $pattern and my $f = $client->next($until)) {
        $client->{got} .= $f->{payload} if $f->{type} eq 'DATA';
        $client->{ended} = 1 if $f->{stream} == 1 && $f->{flags} & 1;
    }
    return ($client->{got} // '') =~ $pattern;
}
my $http2 = begin_http2('/echo/h2');
$http2->frame(DATA => 0, 1, 'one ');
ok comes($http2, qr/one /), 'HTTP/2: the same';
$http2->frame(DATA => 0, 1, 'two ');
ok comes($http2, qr/two /), 'HTTP/2: and the second';
$http2->frame(DATA => 1, 1, 'three');
is +($http2->outcome(1))[0] // '', '', 'HTTP/2: the end'; # its head has come before
like $http2->{got}, qr/^one two /, 'HTTP/2: the body';

# --- without holding it -----------------------------------------------------------------

my $piece = join '', map { chr($_ * 7 % 256) } 1 .. 65536;
my $megabytes = 20;
$client = begin('/gated/big', 'Content-Length: ' . $megabytes * 1_048_576);
$client->{socket}->blocking(0);
my ($sent, $left) = (0, $piece x ($megabytes * 16));
# until nobody takes more
while (length $left && IO::Select->new($client->{socket})->can_write(1)) {
    my $n = syswrite $client->{socket}, $left, 65536 or last;
    substr $left, 0, $n, '';
    $sent += $n;
}
ok says('big: begins'), 'a render has begun to read';
cmp_ok $sent, '<', $megabytes * 1_048_576, 'what it does not read stays with the client';
is $server->get('/plain/x')->body, 'plain', 'others of the isolate go on';
is $server->get('/open/big')->body, 'open', 'it may go on';
$client->{socket}->blocking(1);
put($client, $left);
my ($count, $sum) = split / /, $client->read->body;
is $count, $megabytes * 1_048_576, 'it reads all of it';
$client = begin('/sum/one', 'Content-Length: 200000');
put($client, my $bytes = substr($piece x 4, 0, 200_000));
$r = $client->read;
is $r->body, checksum($bytes), 'and every byte';
unlike $r->header('Connection') // '', qr{close}, 'the connection is kept';
is $client->send('GET', '/plain/next')->read->body, 'plain', 'and serves the next request';

# --- as a whole -------------------------------------------------------------------------

my $long = 'x' x 300_000;
sub answer {
    my ($path, $body, @fields) = @_;
    my $sender = begin($path, 'Content-Length: ' . length $body, @fields);
    return put($sender, $body)->read;
}
is answer('/text/x', $long)->body, '300000 true', 'text()';
is answer('/json/x', '{"list":[' . join(',', (1) x 100_000) . ']}')->body, '100000', 'json()';
is answer('/form/x', "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nvalue\r\n--b\r\n"
    . "Content-Disposition: form-data; name=f; filename=f\r\n\r\n$long\r\n--b--\r\n",
    'Content-Type: multipart/form-data; boundary=b')->body, 'a=5 f=300000', 'formData()';
is answer('/clone/x', $long)->body, '300000 300000', 'clone()';
is answer('/byob/x', $long)->body, '300000 1000', 'a BYOB reader';
is answer('/kind/x', 'y' x 65_536)->body, '["ReadableStream","' . 'y' x 65_536 . '"]', '64 KiB are read before';
is answer('/kind/x', 'y' x 65_537)->body, '["ReadableStream","ctx.request.body"]', 'more come in pieces, and are no text';
$client = begin('/kind/x');
send_end(send_chunk($client, 'y'));
is $client->read->body, '["ReadableStream","ctx.request.body"]', 'as do those without a length';
$client = begin('/text/x');
is send_end($client)->read->body, '0 true', 'an empty one';

# --- what nobody reads --------------------------------------------------------------------

$client = begin('/ignore/x', 'Content-Length: 1000000');
$r = $client->read;
is $r->body, 'ignored', 'an answer does not wait for the body';
like $r->header('Connection'), qr{close}, 'and ends the connection';
$client = begin('/ignore/x', 'Content-Length: 100000', 'Expect: 100-continue');
unlike $client->raw, qr/100 Continue/, 'a body that is not read is not asked for';
like $client->{buffer}, qr/ignored$/, 'but answered';
$client = begin('/sum/x', 'Content-Length: 100000', 'Expect: 100-continue');
ok $client->has_come(qr{^HTTP/1\.1 100 Continue\r\n\r\n}), 'one that is read is';
$client->{buffer} =~ s/^.*?\r\n\r\n//s;
is put($client, 'z' x 100_000)->read->body, checksum('z' x 100_000), 'and comes';
is answer('/first/x', $long)->body, 'true', 'some of it';
is answer('/cancel/x', $long)->body, 'cancelled', 'a stream that is cancelled';
$client = begin('/stuck/x');
is send_chunk($client, 'never read')->read->status, 500, 'who waits without reading waits for nothing';
expect_log('V8SSR0017');
$client = begin('/late/late');
is send_chunk($client, 'some')->read->body, 'at once', 'ctx.waitUntil() reads after the answer';
ok says('late: TypeError ERR_BODY_CUT'), 'what had not come by then does not come';

# --- it breaks off ------------------------------------------------------------------------

$client = begin('/watch/gone');
send_chunk($client, 'some');
ok says('gone: piece'), 'a client begins';
leave($client);
ok says('gone: signal AbortError'), 'and goes: the signal is aborted';
ok says('gone: caught 20 true'), 'the stream ends with its reason';

$client = begin('/watch/bad');
send_chunk($client, 'some');
ok says('bad: piece'), 'another one';
is put($client, "zz\r\n")->read->status, 400, 'sends nonsense: 400';
ok says('bad: caught ERR_BODY_CUT false'), 'the stream ends with an error';
ok logged(qr{V8SSR0104: POST /watch/bad: its body broke off while it was rendered: status 400 after 4 bytes}), 'it is logged';

$client = begin('/watch/silent', 'Host: slow.test', 'Transfer-Encoding: chunked');
send_chunk($client, 'some');
is $client->read->status, 408, 'sends nothing more for as long as Timeout says: 408';
ok says('silent: caught ERR_BODY_CUT false'), 'the stream ends with an error';

$client = begin('/watch/small');
send_chunk($client, 'z' x 60_000);
ok says('small: piece'), 'a third one';
send_chunk($client, 'z' x 60_000);
is $client->read->status, 413, 'sends more than SSRMaxRequestBody: 413';
ok says('small: caught ERR_BODY_TOO_LARGE false'), 'the stream ends with an error';
$client = begin('/throws/small2');
is send_chunk($client, 'z' x 120_000)->read->status, 413, 'where the render throws as well';
unlike $server->log_text, qr/V8SSR0006/, 'which is not its fault';
is begin('/watch/small3', 'Content-Length: 120000')->read->status, 413, 'what says so itself is not rendered';
ok logged(qr{V8SSR0087: POST /watch/small3: its body is not for a bundle: status 413}), 'as is logged';

$client = begin('/head/small4');
ok $client->has_come(qr/begun /), 'an answer has begun';
send_chunk($client, 'z' x 120_000);
unlike $client->raw, qr/\r\n0\r\n\r\n$/, 'it breaks off with the body';

$http2 = begin_http2('/watch/h2gone');
$http2->frame(DATA => 0, 1, 'some');
ok says('h2gone: piece'), 'HTTP/2: a client begins';
$http2->reset(1);
ok says('h2gone: signal AbortError'), 'HTTP/2: and goes';
$http2 = begin_http2('/watch/small5');
$http2->frame(DATA => 0, 1, 'z' x 16_000) for 1 .. 4;
ok says('small5: piece'), 'HTTP/2: another one';
$http2->frame(DATA => 0, 1, 'z' x 1000) for 1 .. 1;
leave($http2);
ok says('small5: signal AbortError'), 'HTTP/2: its connection ends';

is $server->get('/plain/x')->body, 'plain', 'nothing is left of all that';

done_testing;

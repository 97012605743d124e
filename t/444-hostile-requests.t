# SPDX-License-Identifier: Apache-2.0
#
# Requests as no browser sends them: what httpd refuses never reaches a bundle,
# what it takes reaches it as the contract says, nothing is smuggled behind
# another request, and clients that stall or vanish hold up nobody.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Socket qw(SOL_SOCKET SO_LINGER SO_RCVBUF);
use V8Test;

my $server = own_server(children => 1, limit => 1, threads => 24, config => <<'CONF');
SSRIsolates 1
SSRQueue 100 20s
SSRTimeout 20s
SSREngine on
SSRBundle echo "${TOP}/bundles/test/echo.js"
SSRBundle fetches "${TOP}/bundles/test/fetches.js" format=esm
SSRBundle keyed "${TOP}/bundles/test/keyed.js"
SSRBundle stream "${TOP}/bundles/test/stream.js"
SSRMap / echo
SSRMap /body fetches
SSRMap /cached keyed
SSRMap /stream stream
<Location /cached>
    SSRCache on
    SSRCacheTTL 1h
    SSRCacheHeader cache-status
</Location>
CONF

my ($child) = $server->children;
my $long = 'x' x 8000;
sub lines { return join "\r\n", @_, '', '' }
my $host = 'Host: 127.0.0.1';
my $last = 'Connection: close';

# name, what is sent, the status of each answer that comes (0: closed without
# one), what the bundle is given or undef where it must not be asked.
my @rows = (
    # --- the request line
    ['a NUL in the path', lines("GET /a\0b HTTP/1.1", $host, $last), [400]],
    ['an escaped NUL', lines('GET /a%00b HTTP/1.1', $host, $last), [404]],
    ['a bad escape', lines('GET /a%zz HTTP/1.1', $host, $last), [400]],
    ['half an escape', lines('GET /a% HTTP/1.1', $host, $last), [400]],
    ['a bad escape in the query is the bundle\'s', lines('GET /a?%zz=% HTTP/1.1', $host, $last), [200], '/a?%zz=%'],
    ['an escaped slash', lines('GET /a%2fb HTTP/1.1', $host, $last), [404]],
    ['bytes that are no UTF-8', lines('GET /%ff%fe HTTP/1.1', $host, $last), [200], '/%ff%fe'],
    ['raw bytes', lines("GET /\xff\xfe HTTP/1.1", $host, $last), [200], '/%ff%fe'],
    ['an overlong dot', lines('GET /%c0%ae%c0%ae/etc HTTP/1.1', $host, $last), [200], '/%c0%ae%c0%ae/etc'],
    ['above the root', lines('GET /../../etc/passwd HTTP/1.1', $host, $last), [400]],
    ['above the root, escaped', lines('GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1', $host, $last), [400]],
    ['dots and slashes', lines('GET /a/./b//c/../d HTTP/1.1', $host, $last), [200], '/a/b/d'],
    ['a backslash', lines('GET /a\\b HTTP/1.1', $host, $last), [200], '/a%5cb'],
    ['markup in the path', lines('GET /%3Cscript%3E%22 HTTP/1.1', $host, $last), [200], '/%3cscript%3e%22'],
    ['a line break in the path', lines('GET /a%0d%0aX-Injected:%201 HTTP/1.1', $host, $last), [200], '/a%0d%0aX-Injected:%201'],
    ['absolute form', lines('GET http://127.0.0.1/abs?q HTTP/1.1', $host, $last), [200], '/abs?q'],
    ['absolute form of another host', lines('GET http://elsewhere.test/abs HTTP/1.1', $host, $last), [200], '/abs'],
    ['another scheme', lines('GET ftp://127.0.0.1/x HTTP/1.1', $host, $last), [400]],
    ['no slash', lines('GET x HTTP/1.1', $host, $last), [400]],
    ['an asterisk', lines('GET * HTTP/1.1', $host, $last), [400]],
    ['an asterisk with OPTIONS', lines('OPTIONS * HTTP/1.1', $host, $last), [200]],
    ['authority form', lines('CONNECT 127.0.0.1:80 HTTP/1.1', $host, $last), [405]],
    ['a path of 8000 letters', lines("GET /$long HTTP/1.1", $host, $last), [200], "/$long"],
    ['a path of 9000', lines("GET /${long}xxxxxxxxx$long HTTP/1.1", $host, $last), [414]],
    ['a query of 8000', lines("GET /a?$long HTTP/1.1", $host, $last), [200], "/a?$long"],
    ['a fragment', lines('GET /a#b HTTP/1.1', $host, $last), [400]],
    ['HTTP/0.9: no status line', "GET /\r\n", []],
    ['HTTP/1.0 without a host', lines('GET /old HTTP/1.0'), [200], '/old'],
    ['HTTP/1.1 without one', lines('GET /a HTTP/1.1', $last), [400]],
    ['two blanks', lines('GET  /a HTTP/1.1', $host, $last), [400]],
    ['bare line feeds', "GET /lf HTTP/1.1\n$host\n$last\n\n", [400]],
    ['TLS to a plain port', "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", [400]],
    # --- methods
    ['a method of its own', lines('BREW /pot HTTP/1.1', $host, $last), [405]],
    ['a method in small letters', lines('get /a HTTP/1.1', $host, $last), [405]],
    ['TRACE', lines('TRACE /a HTTP/1.1', $host, $last), [405]],
    ['POST to a bundle of pages', lines('POST /a HTTP/1.1', $host, $last, 'Content-Length: 0'), [405]],
    ['HEAD', lines('HEAD /a HTTP/1.1', $host, $last), [200]],
    ['GET with a body', lines('GET /a HTTP/1.1', $host, $last, 'Content-Length: 3') . 'abc', [200], '/a'],
    # --- fields
    ['two hosts', lines('GET /a HTTP/1.1', $host, 'Host: other.test', $last), [400]],
    ['a host with markup', lines('GET /a HTTP/1.1', 'Host: a"><b', $last), [400]],
    ['a host with a path', lines('GET /a HTTP/1.1', 'Host: a/b', $last), [400]],
    ['a folded field', lines('GET /a HTTP/1.1', $host, 'X-A: b', ' c', $last), [200], '/a'],
    ['a blank before the colon', lines('GET /a HTTP/1.1', $host, 'X-A : b', $last), [400]],
    ['a field without a name', lines('GET /a HTTP/1.1', $host, ': b', $last), [400]],
    ['a field without a colon', lines('GET /a HTTP/1.1', $host, 'X-A', $last), [400]],
    ['a NUL in a field', lines('GET /a HTTP/1.1', $host, "X-A: a\0b", $last), [400]],
    ['a lone carriage return', lines('GET /a HTTP/1.1', $host, "X-A: a\rX-B: b", $last), [400]],
    ['bytes in a field', lines('GET /a HTTP/1.1', $host, "X-A: \xff\xfe", $last), [200], '/a'],
    ['names of prototypes', lines('GET /a HTTP/1.1', $host, '__proto__: x', 'constructor: y', 'toString: z', $last), [200], '/a'],
    ['a hundred fields', lines('GET /a HTTP/1.1', $host, (map { "X-$_: $_" } 1 .. 95), $last), [200], '/a'],
    ['too many', lines('GET /a HTTP/1.1', $host, (map { "X-$_: $_" } 1 .. 200), $last), [400]],
    ['one too long', lines('GET /a HTTP/1.1', $host, 'X-A: ' . 'y' x 20_000, $last), [400]],
    ['a wrong length', lines('GET /a HTTP/1.1', $host, 'Content-Length: -1', $last), [400]],
    ['no number as length', lines('GET /a HTTP/1.1', $host, 'Content-Length: 0x10', $last), [400]],
    ['an unknown expectation', lines('GET /a HTTP/1.1', $host, 'Expect: miracles', $last), [417]],
    ['ranges of nonsense', lines('GET /a HTTP/1.1', $host, 'Range: bytes=9-1,x-,-0,,' . ('0-,' x 500), $last), [200], '/a'],
    ['dates of nonsense', lines('GET /a HTTP/1.1', $host, 'If-Modified-Since: yesterday', 'If-Range: "x', 'If-None-Match: W/', $last), [200], '/a'],
    ['an If-Match that nothing has', lines('GET /a HTTP/1.1', $host, 'If-Match: "x"', $last), [412]],
    ['an upgrade to HTTP/2 without its module', lines('GET /a HTTP/1.1', $host, 'Connection: Upgrade, HTTP2-Settings, close', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'), [200], '/a'],
    # --- one request behind another
    ['two lengths', lines('POST /body HTTP/1.1', $host, 'Content-Length: 3', 'Content-Length: 5', $last) . 'abcde', [400]],
    ['two lengths in one field', lines('POST /body HTTP/1.1', $host, 'Content-Length: 3, 5', $last) . 'abcde', [400]],
    ['chunks and a length: chunks count, and the connection ends',
        lines('POST /body HTTP/1.1', $host, 'Content-Length: 6', 'Transfer-Encoding: chunked') . "0\r\n\r\n" . lines('GET /smuggled HTTP/1.1', $host), [200]],
    ['a coding that is none', lines('POST /body HTTP/1.1', $host, 'Transfer-Encoding: xchunked', $last), [400]],
    ['chunked, but not last', lines('POST /body HTTP/1.1', $host, 'Transfer-Encoding: chunked, identity', $last), [400]],
    ['a chunk of a bad size', lines('POST /body HTTP/1.1', $host, 'Transfer-Encoding: chunked', $last) . "zz\r\nabc\r\n0\r\n\r\n", [400]],
    ['a chunk of a huge size', lines('POST /body HTTP/1.1', $host, 'Transfer-Encoding: chunked', $last) . "fffffffffffffffff\r\nabc\r\n0\r\n\r\n", [413]],
    ['a body of nobody is not the next request',
        lines('GET /a HTTP/1.1', $host, 'Content-Length: 37') . "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n\r\n\r\n"
        . lines('GET /next HTTP/1.1', $host, $last), [200, 200], '/a', '/next'],
    ['two at once', lines('GET /a HTTP/1.1', $host) . lines('GET /b HTTP/1.1', $host, $last), [200, 200], '/a', '/b'],
);

# Every answer on the connection, until it ends.
sub answers {
    my ($bytes, $head) = @_;
    my $client = $server->connect;
    syswrite $client->{socket}, $bytes;
    my @found;
    $client->{method} = $head ? 'HEAD' : 'GET';
    while (my $r = eval { $client->read }) { push @found, $r }
    return @found;
}

# URLs that the bundle was asked for, by its own answer.
for my $row (@rows) {
    my ($name, $bytes, $statuses, @urls) = @$row;
    my @got = answers($bytes, $bytes =~ /^HEAD/);
    is join(' ', map { $_->status } @got), join(' ', @$statuses), "$name: status";
    my @seen = map { eval { decode_json($_->body)->{url} } // () } grep { $_->body =~ /^\{"url"/ } @got;
    is_deeply \@seen, \@urls, "$name: what the bundle was asked for";
    unlike join("\n", map { ($_->names, $_->body =~ /smuggled/g) } @got), qr/X-Injected|smuggled/, "$name: nothing else";
    is $server->get('/well')->status, 200, "$name: and the next page";
}

my $given = decode_json((answers(lines('GET /a HTTP/1.1', $host, '__proto__: x', 'constructor: y', 'Authorization: Basic z',
    'Proxy-Authorization: z', 'Proxy: http://evil', "X-A: \xff\xfe", $last)))[0]->body);
is_deeply [sort grep { !/^host$|^connection$/ } keys %{ $given->{request}{headers} }], ['__proto__', 'constructor', 'x-a'],
    'odd names are plain names; credentials and Proxy are not seen';
is $given->{request}{headers}{'x-a'}, "\x{fffd}\x{fffd}", 'bytes that are no text are replaced';
is decode_json((answers(lines('GET http://elsewhere.test/abs HTTP/1.1', $host, $last)))[0]->body)->{request}{url},
    'http://elsewhere.test/abs', 'absolute form: its host counts (RFC 9112, 3.2.2)';

# --- a cache whose pages cannot be poisoned -------------------------------------------

$server->get('/cached/page');
for my $row (['a range', 'GET', Range => 'bytes=3-5'], ['HEAD', 'HEAD'], ['a fragment of the query', 'GET', 'X-Original-URL' => '/other'],
    ['another host name', 'GET', 'X-Forwarded-Host' => 'evil.test'], ['an If-Range', 'GET', 'If-Range' => '"x"', Range => 'bytes=0-0']) {
    my ($name, $method, %fields) = @$row;
    $server->request($method, '/cached/page', %fields);
    my $r = $server->get('/cached/page');
    is $r->status . ' ' . $r->body, "200 " . "/cached/page\n" x 3, "after $name the page is whole";
}

# --- clients ---------------------------------------------------------------------------

# Half-closed: it still reads.
my $client = $server->connect->send('GET', '/half', Connection => 'close');
shutdown $client->{socket}, 1;
is eval { decode_json($client->read->body)->{url} }, '/half', 'a client that has sent all, and says so, gets its answer';

# A head that never ends, and bodies that never come, hold a thread each and no isolate.
my @stalled = map { my $c = $server->connect; syswrite $c->{socket}, $_; $c }
    ("GET / HTTP/1.1\r\nX-A", "GET /", lines('POST /body HTTP/1.1', $host, 'Content-Length: 1000') . 'abc',
    lines('POST /body HTTP/1.1', $host, 'Transfer-Encoding: chunked') . "5\r\nab");
is $server->get('/meanwhile')->status, 200, 'clients that stall while they ask hold up nobody';

# A reader that does not read: more than the socket and the channel hold.
my @slow = map {
    my $c = $server->connect;
    setsockopt $c->{socket}, SOL_SOCKET, SO_RCVBUF, 4096;
    $c->send('GET', '/stream/d?kb=8192');
} 1 .. 3;
ok $slow[$_]->has_come(qr/shell/), 'a reader that does not read: ' . $_ for 0 .. 2;
is $server->get('/meanwhile')->status, 200, 'holds up nobody';

# Gone with a reset, in every state.
sub vanish {
    my ($c) = @_;
    setsockopt $c->{socket}, SOL_SOCKET, SO_LINGER, pack 'll', 1, 0;
    close $c->{socket};
}
vanish($_) for @stalled, @slow;
for my $n (1 .. 40) {
    my $c = $server->connect;
    $c->send('GET', $n % 2 ? '/stream/d?kb=2048' : '/cached/large?size=200000') if $n > 4;
    $c->has_come(qr/\S/) if $n > 4 && $n % 3 == 0;
    vanish($c);
}
ok wait_for { $server->get('/after')->status == 200 }, 'after forty clients that vanish';
my $page = $server->get('/cached/large?size=200000')->body;
is length $page, length("/cached/large?size=200000\n") * 200_003, 'pages are whole';
is_deeply [$server->children], [$child], 'the child is still the same';

done_testing;

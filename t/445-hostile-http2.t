# SPDX-License-Identifier: Apache-2.0
#
# HTTP/2 as no browser speaks it: streams that are reset as soon as they are
# opened, windows of nothing, heads without an end, wrong frames. What they
# asked for ends with them, and the child goes on.
use strict;
use warnings;
use V8Test;
use V8Test::HTTP2;

my $server = own_server(children => 1, limit => 1, threads => 24, config => <<'CONF');
<IfModule !http2_module>
    LoadModule http2_module "${MODULES}/mod_http2.so"
</IfModule>
Protocols h2c http/1.1
LogLevel http2:crit
SSRIsolates 1
SSRQueue 100 20s
SSRTimeout 20s
SSREngine on
SSRBundle echo "${TOP}/bundles/test/echo.js"
SSRBundle keyed "${TOP}/bundles/test/keyed.js"
SSRBundle stream "${TOP}/bundles/test/stream.js"
SSRMap / echo
SSRMap /keyed keyed
SSRMap /stream stream
<Location /keyed/kept>
    SSRCache on
    SSRCacheTTL 1h
</Location>
CONF

sub h2 { return V8Test::HTTP2->new($server, @_) }
sub get_block { return V8Test::HTTP2::get_block(@_) }
sub block { return V8Test::HTTP2::block(@_) }

my ($child) = $server->children;

sub is_well {
    my ($name) = @_;
    is $server->get("/keyed/$_?size=5")->body, "/keyed/$_?size=5\n" x 8, "$name: a page" for int rand 1000;
    my $c = h2();
    my $target = '/keyed/h2?size=5';
    my ($status, $body) = $c->outcome($c->request(get_block($target)));
    is "$status " . ($body // ''), '200 ' . "$target\n" x 8, "$name: a page over HTTP/2";
    is_deeply [$server->children], [$child], "$name: the same child";
    return;
}
is_well('first');

# --- resets ----------------------------------------------------------------------------

for my $path ('/stream/a?gate=never', '/keyed/x?size=2000', '/keyed/kept?size=2000') {
    for (1 .. 3) {
        my $c = h2();
        $c->reset($c->request(get_block($path))) for 1 .. 100;
        close $c->{socket};
    }
    is_well("a hundred streams of $path, reset as soon as they are opened");
}
my $c = h2();
my @streams = map { $c->request(get_block('/stream/d?kb=2048')) } 1 .. 8;
$c->next(time + 20) for 1 .. 6;
$c->reset($_) for @streams;
$c->frame(WINDOW_UPDATE => 0, 0, pack 'N', 1 << 24); # of the connection: they have used it up
my ($status, $body) = $c->outcome($c->request(get_block('/keyed/y?size=5')));
is "$status $body", '200 ' . "/keyed/y?size=5\n" x 8, 'streams that are reset amid their bodies leave the others whole';
is_well('they');

# --- windows ---------------------------------------------------------------------------

my @closed = map { my $w = h2(4 => 0); $w->request(get_block('/keyed/z?size=20000')) for 1 .. 4; $w } 1 .. 3;
is_well('clients with windows of nothing');
$_->frame(WINDOW_UPDATE => 0, 1, pack 'N', 0) for @closed;
is_well('and with updates by nothing');
close $_->{socket} for @closed;
is_well('when they are gone');
$c = h2(4 => 1);
my $one = $c->request(get_block('/keyed/1?size=1'));
$c->frame(WINDOW_UPDATE => 0, $one, pack 'N', 1) for 1 .. 200;
($status, $body) = $c->outcome($one);
is "$status $body", '200 ' . "/keyed/1?size=1\n" x 4, 'a page byte by byte';

# --- heads and frames that are wrong -----------------------------------------------------

my $get = get_block('/a');
my @rows = (
    ['no path', block([':method', 'GET'], [':scheme', 'http'], [':authority', '127.0.0.1'])],
    ['an empty path', get_block('')],
    ['a path that is no path', get_block('x')],
    ['a path with a line break', get_block("/a\r\nX-Injected: 1")],
    ['a path with a NUL', get_block("/a\0b")],
    ['a path with a blank', get_block('/a HTTP/1.1')],
    ['two paths', get_block('/a', [':path', '/b'])],
    ['a pseudo field that comes late', get_block('/a', ['x-a', 'b'], [':scheme', 'http'])],
    ['an unknown pseudo field', get_block('/a', [':x', 'b'])],
    ['letters in upper case', get_block('/a', ['X-A', 'b'])],
    ['fields of a connection', get_block('/a', ['connection', 'close'])],
    ['a coding', get_block('/a', ['transfer-encoding', 'chunked'])],
    ['a value with a line break', get_block('/a', ['x-a', "b\r\nx-injected: 1"])],
    ['a name with a blank', get_block('/a', ['x a', 'b'])],
    ['two lengths', get_block('/a', ['content-length', '1'], ['content-length', '2'])],
    ['a method that is none', block([':method', "G\r\nT"], [':scheme', 'http'], [':authority', '127.0.0.1'], [':path', '/a'])],
);
for my $row (@rows) {
    my ($name, $bad) = @$row;
    my $c = h2();
    my ($status, $body) = $c->outcome($c->request($bad));
    like $status, qr/^(?:400|reset|gone|another)$/, "$name: refused ($status)";
    unlike $body // '', qr/^\{"url"/, "$name: no bundle is asked";
}
is_well('heads that are wrong');

my $reached = qr/^(?:reset|gone)$/;
for my $row (
    ['a head of many frames without an end', sub { my $c = shift; $c->frame(HEADERS => 1, 1, $get); $c->frame(CONTINUATION => 0, 1, block(['x-a', 'b' x 4000])) for 1 .. 200 }],
    ['empty frames of a head without an end', sub { my $c = shift; $c->frame(HEADERS => 1, 1, $get); $c->frame(CONTINUATION => 0, 1, '') for 1 .. 2000 }],
    ['more fields than any', sub { my $c = shift; $c->frame(HEADERS => 5, 1, get_block('/a', map { ["x-$_", 'y'] } 1 .. 500)) }],
    ['a table that is not there', sub { shift->frame(HEADERS => 5, 1, "\xff\xff\xff\x7f") }],
    ['data of no stream', sub { shift->frame(DATA => 0, 0, 'x') }],
    ['data of an idle one', sub { shift->frame(DATA => 0, 7, 'x') }],
    ['an even stream', sub { shift->frame(HEADERS => 5, 2, $get) }],
    ['a promise by a client', sub { shift->frame(PUSH_PROMISE => 4, 1, pack('N', 2) . $get) }],
    ['a frame that is too long', sub { shift->frame(DATA => 0, 1, 'x' x 20_000) }],
    ['settings of a bad length', sub { shift->frame(SETTINGS => 0, 0, 'x') }],
    ['a window beyond all', sub { shift->frame(WINDOW_UPDATE => 0, 0, pack 'N', 0x7fffffff) }]) {
    my ($name, $send) = @$row;
    my $c = h2();
    $send->($c);
    my ($status) = $c->outcome(1, 20);
    like $status, qr/^(?:reset|gone|another|400)$/, "$name: refused ($status)";
}
is_well('frames that are wrong');

# --- floods ----------------------------------------------------------------------------

for my $row (['pings', sub { $_[0]->frame(PING => 0, 0, 'x' x 8) }], ['settings', sub { $_[0]->frame(SETTINGS => 0, 0, '') }],
    ['frames of no known type', sub { $_[0]->frame(200, 0, 0, 'x') }], ['priorities', sub { $_[0]->frame(PRIORITY => 0, 2 * $_[1] + 1, pack 'NC', 0, 1) }]) {
    my ($name, $send) = @$row;
    my $c = h2();
    $send->($c, $_) for 1 .. 3000;
    close $c->{socket};
    is_well("a flood of $name");
}
for my $part ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . "\0\0\x20", "PRI * HTTP/2.0\r\n\r\nXX") {
    my $socket = $server->connect->{socket};
    syswrite $socket, $part;
    close $socket;
}
is_well('connections that end in a frame');

done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# From what a bundle returns to the response.
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use IO::Uncompress::Gunzip qw(gunzip);
use V8Test;

my $server = main_server();
my @host = (Host => 'answers.test');
my $html = 'text/html; charset=utf-8';

# path, status, Content-Type, body
my @answers = (
    ['/string', 200, $html, '<p>text</p>'],
    ['/html', 200, $html, '<p>html</p>'],
    ['/promise', 200, $html, '<p>later</p>'],
    ['/utf8', 200, $html, "<p>\xc5\x81\xc3\xb3d\xc5\xba \xe2\x82\xac "
        . "\xf0\x9f\x99\x82</p>"],
    ['/body', 200, 'text/plain', 'plain'],
    ['/empty-string', 200, undef, ''],
    ['/created', 201, $html, '<p>made</p>'],
    ['/status-only', 204, undef, ''],
    ['/own-404', 404, $html, '<p>my own 404</p>'],
    ['/own-503', 503, $html, '<p>my own 503</p>'],
    ['/null', 404, undef, "the server's own 404"],
    ['/lies', 200, $html, '<p>five</p>'],
    ['/cached', 200, $html, '<p>tagged</p>'],
    ['/teapot', 418, $html, '<p>short and stout</p>'],
    ['/odd', 299, $html, '<p>nobody knows</p>'],
    ['/nulls', 200, $html, '<p>nulls</p>'],
    ['/page.gz', 200, $html, '<p>not compressed</p>'],
    ['/page.de', 200, $html, '<p>no language</p>'],
    ['/other/x', 200, $html, '{"entry":"otherEntry","url":"/other/x"}'],
);
for my $row (@answers) {
    my ($path, $status, $type, $body) = @$row;
    my $r = $server->get($path, @host);
    is $r->status, $status, "$path: status";
    is $r->header('Content-Type'), $type, "$path: type" if $type;
    is $r->body, $body, "$path: body";
    is $r->header('Content-Length'), length $body, "$path: Content-Length"
        unless $status == 204;
    is $r->header('Content-Encoding'), undef, "$path: not encoded";
    is $r->header('Content-Language'), undef, "$path: no language";
    is $server->request('HEAD', $path, @host)->status, $status,
        "HEAD $path: status";
}

# A field a bundle must not set does not end the connection.
my $connection = $server->connect;
is $connection->send('GET', '/lies', @host)->read->body, '<p>five</p>', 'lies';
is $connection->send('GET', '/html', @host)->read->status, 200,
    'the connection is still in step';

my $r = $server->get('/cookies', @host);
is_deeply [$r->headers('Set-Cookie')], ['a=1; Path=/', 'b=2; Path=/'],
    'two Set-Cookie lines in order';
is $r->header('X-Shop'), 'open', 'a header of its own';
is $server->get('/own-503', @host)->header('Retry-After'), '7',
    "the bundle's Retry-After is its own";

# path, status, Location
for my $row (
    ['/redirect', 302, qr{^(?:http://answers\.test(?::\d+)?)?/elsewhere$}],
    ['/two-locations', 302, qr{/this$}],
    ['/redirect-308', 308, qr{^https://other\.test/\?a=1&b=2$}]) {
    my ($path, $status, $location) = @$row;
    my $redirect = $server->get($path, @host);
    is $redirect->status, $status, "$path: status";
    like $redirect->header('Location'), $location, "$path: Location";
    is scalar $redirect->headers('Location'), 1, "$path: one Location";
}

is $server->get('/cached', @host, 'If-None-Match' => '"v1"')->status, 304,
    'the ETag of a bundle counts';
is $server->get('/cached', @host, 'If-None-Match' => '"v0"')->status, 200,
    'another ETag does not';

# An ErrorDocument may be rendered: path, status, body
expect_log('V8SSR0006');
for my $row (
    ['/', 500, '<p>other /errors/page</p>'],
    ['/declines', 201, '<p>made</p>'], # a status of its own
    ['/both-fail', 500, qr/Internal Server Error/]) {
    my ($path, $status, $body) = @$row;
    my $error = $server->get($path, Host => 'errors.test');
    is $error->status, $status, "ErrorDocument for $path: status";
    like $error->body, ref $body ? $body : qr/^\Q$body\E$/,
        "ErrorDocument for $path: body";
}

# mod_brotli and mod_deflate
my $plain = $server->get('/wide', @host)->body;
is length $plain, 100 + 13 * 5000, 'the wide page';
my $zipped = $server->get('/wide', @host, 'Accept-Encoding' => 'gzip');
is $zipped->header('Content-Encoding'), 'gzip', 'gzip on request';
like $zipped->header('Vary') // '', qr/Accept-Encoding/, 'gzip: Vary';
gunzip(\(my $gzip_body = $zipped->body), \my $unzipped);
is md5_hex($unzipped // ''), md5_hex($plain), 'gzip: the same page';
my $brotli = $server->get('/wide', @host, 'Accept-Encoding' => 'br');
is $brotli->header('Content-Encoding'), 'br', 'brotli on request';
cmp_ok length $brotli->body, '<', length($plain) / 10, 'brotli: smaller';
my $by_curl = `curl -s --compressed -H 'Host: answers.test' http://127.0.0.1:$server->{port}/wide`;
is md5_hex($by_curl), md5_hex($plain), 'brotli: the same page';
is length $server->request('HEAD', '/wide', @host,
    'Accept-Encoding' => 'br')->body, 0, 'HEAD of a compressed page';

my $part = $server->get('/wide', @host, Range => 'bytes=0-99');
if ($part->status == 206) {
    is $part->body, 'x' x 100, 'a range';
    is $part->header('Content-Range'), 'bytes 0-99/' . length $plain,
        'its place';
}
else {
    is $part->status, 200, 'no range';
    is md5_hex($part->body), md5_hex($plain), 'but the whole page';
}

done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# The shop's pages arrive whole: status, type, size, HEAD, keep-alive.
use strict;
use warnings;
use Encode ();
use V8Test;

my $server = main_server();
my @host = (Host => 'shop.test');

# path, status, size from, to, a piece of the page
my @pages = (
    ['/', 200, 35_000, 50_000, '<article class="card">'],
    ['/?q=mug', 200, 3_000, 30_000, '<title>Search: mug'],
    ['/about', 200, 2_500, 6_000, '<title>About us'],
    ['/category/kitchen', 200, 7_000, 15_000, '<title>Kitchen'],
    ['/product/7', 200, 9_000, 16_000, '<title>Travel kettle'],
    ['/no/such/page', 404, 2_000, 6_000, '<title>Nothing here'],
    ['/product/999', 404, 2_000, 6_000, '<title>Nothing here'],
);

for my $row (@pages) {
    my ($path, $status, $from, $to, $piece) = @$row;
    my $r = $server->get($path, @host);
    my $size = length $r->body;
    is $r->status, $status, "$path: status";
    is $r->header('Content-Type'), 'text/html; charset=utf-8', "$path: type";
    is $r->header('Content-Length'), $size, "$path: Content-Length";
    ok $from <= $size && $size <= $to, "$path: $size bytes";
    like $r->body, qr/^<!doctype html>.*\Q$piece\E.*<\/html>$/s,
        "$path: the whole page";
    ok eval { Encode::decode('UTF-8', my $copy = $r->body, 1) },
        "$path: valid UTF-8";

    my $connection = $server->connect->send('HEAD', $path, @host);
    my $head = $connection->read;
    is $head->status, $status, "HEAD $path: status";
    is_deeply [sort $head->names], [sort grep { $_ ne 'Connection' } $r->names],
        "HEAD $path: the same fields";
    is $head->header('Content-Length'), $size, "HEAD $path: Content-Length";
    is $connection->rest, '', "HEAD $path: no body";
}

my $page = $server->get('/', @host)->body;
is scalar(() = $page =~ /<article class="card">/g), 48, '48 cards';
like $page, qr/Łódź|„Nebel“/, 'characters outside Latin-1';
is $server->get('/', @host)->body, $page, 'the same page again';

my $redirect = $server->get('/home', @host);
is $redirect->status, 301, '/home: status';
like $redirect->header('Location'), qr{^(?:http://shop\.test)?/$},
    '/home: Location';

my $connection = $server->connect;
for my $n (1 .. 20) {
    my $r = $connection->send('GET', '/about', @host)->read;
    is $r->status, 200, "render $n on one connection";
}
like $connection->send('GET', '/product/1', @host)->read->body,
    qr/<title>/, 'another page on it';

my ($script) = $page =~ m{src="(/assets/client-\w+\.js)"};
my $asset = $server->get($script, @host);
is $asset->status, 200, 'the page names its script';
like $asset->header('Content-Type'), qr/javascript/, 'served as a file';
like $server->get('/api/stock/7.json', @host)->body, qr/"stock":\s*\d+/,
    'the API answers beside the pages';

done_testing;

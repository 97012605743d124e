# SPDX-License-Identifier: Apache-2.0
#
# Which URLs a bundle answers, which bundle it is, and what stays httpd's.
use strict;
use warnings;
use JSON::PP;
use V8Test;

my $server = main_server();
my @host = (Host => 'map.test');

sub put_file {
    my ($name, $text) = @_;
    mkdir "$server->{documents}/$1" if $name =~ m{(.*)/};
    open my $fh, '>', "$server->{documents}/$name" or die "$name: $!";
    print {$fh} $text;
    close $fh or die "$name: $!";
}
put_file('static.txt', "a file\n");
put_file('two/three/page', "deep\n") if mkdir "$server->{documents}/two";
put_file('assets/there.js', "asset\n");
put_file('guarded/.htaccess', "Require all denied\n");
put_file('guarded/file.txt', "guarded\n");

# path, the bundle that answers
my @mapped = (
    ['/', 'one'],
    ['/two', 'two'],
    ['/two/', 'two'],
    ['/two?q=/two/three', 'two'],
    ['/twofold', 'one'],
    ['/two/three', 'three'],
    ['/two/threefold', 'two'],
    ['/two/three/four', 'three'],
    ['/two/three/use', 'four'],
    ['/two/three/use/more', 'four'],
    ['/two/three/user', 'three'],
    ['/x/../two', 'two'],
    ['/%74wo', 'two'],
    ['/rewritten/page', 'two'],
    ['/two/', 'two'],                  # a directory is not a file
    ['/static.txt/more', 'one'],
    ['/assets', 'one'],
    ['/guarded/page', 'one'],          # no .htaccess where no file is
    ['/.htaccess', 'one'],
    ['/page.stat', 'one'],             # AddHandler is for files
);
for my $row (@mapped) {
    my ($path, $bundle) = @$row;
    my $r = $server->get($path, @host);
    is $r->status, 200, "$path: status";
    is decode_json($r->body)->{bundle}, $bundle, "$path: bundle $bundle";
}

# method, path, status, what the body is like; none of them reaches a bundle
my @httpds = (
    ['GET', '/static.txt', 200, qr/^a file$/],
    ['GET', '/assets/there.js', 200, qr/^asset$/],
    ['GET', '/assets/missing.js', 404, qr/Not Found/],
    ['HEAD', '/assets/missing.js', 404, qr/^$/],
    ['GET', '/closed', 403, qr/Forbidden/],
    ['GET', '/closed/page', 403, qr/Forbidden/],
    ['GET', '/%63losed/page', 403, qr/Forbidden/],
    ['GET', '/x/../closed', 403, qr/Forbidden/],
    ['GET', '/guarded/file.txt', 403, qr/Forbidden/],
    ['GET', '/status', 200, qr/Apache Server Status/],
    ['GET', '/off', 404, qr/Not Found/],
    ['GET', '/off/page', 404, qr/Not Found/],
    ['GET', '/api/stock/7.json', 200, qr/"stock"/],
    ['GET', '/api/missing.json', 404, qr/Not Found/],
    ['GET', '/aliased/favicon.svg', 200, qr/<svg/],
    ['GET', '/aliased/missing', 404, qr/Not Found/],
    ['GET', '/moved', 302, qr/elsewhere/],
    ['GET', '/gone', 410, qr/Gone/],
    ['POST', '/closed', 403, qr/Forbidden/],
    ['GET', '/%2e%2e/%2e%2e/etc/passwd', 400, qr/Bad Request/],
    ['OPTIONS', '*', 200, qr/^$/],
    map { [$_, '/page', 405, qr/not allowed/i] }
        qw(POST PUT DELETE PATCH OPTIONS PROPFIND TRACE BREW),
);
for my $row (@httpds) {
    my ($method, $path, $status, $body) = @$row;
    my $r = $server->request($method, $path, @host);
    is $r->status, $status, "$method $path: status";
    like $r->body, $body, "$method $path: httpd's answer";
    like $r->header('Allow') // '', qr/^(?=.*\bGET\b)(?=.*\bHEAD\b)/,
        "$method $path: Allow"
        if $status == 405;
}
is $server->request('POST', '/page', @host, body => 'x' x 100_000)->status, 405,
    'a body is not waited for';
is $server->get('/page', @host)->status, 200, 'and the next request is served';

# What the bundle is told about the request.
my $r = $server->get('/a%20b/%C3%BC?q=1%202&x=%2F', @host,
    'X-Thing' => 'some', Cookie => 'a=1', Authorization => 'Basic eDp5',
    Proxy => 'evil');
my $seen = decode_json($r->body);
is lc $seen->{url}, '/a%20b/%c3%bc?q=1%202&x=%2f', 'url: path and query';
is $seen->{request}{method}, 'GET', 'method';
like $seen->{request}{url}, qr{^http://map\.test(?::\d+)?/a%20b/},
    'request.url is absolute';
is $seen->{request}{headers}{'x-thing'}, 'some', 'header names in lower case';
is $seen->{request}{headers}{cookie}, 'a=1', 'cookies';
ok !exists $seen->{request}{headers}{authorization}, 'no credentials';
ok !exists $seen->{request}{headers}{proxy}, 'no Proxy field';
is $seen->{request}{body}, undef, 'no body';

# Several bundles and neither SSRUse nor SSRMap: an error that says so.
expect_log('V8SSR0015');
my @unmapped = (Host => 'unmapped.test');
is $server->get('/known', @unmapped)->status, 200, 'mapped: 200';
is $server->get('/unknown', @unmapped)->status, 500, 'not mapped: 500';
my @lines = log_lines($server, qr/V8SSR0015: /);
is scalar @lines, 1, 'logged once';
like $lines[0] // '', qr{/unknown.*SSRUse.*SSRMap}, 'with URL and remedy';

# httpd must not look for rendered URLs in the file system.
ok !(grep { m{v8ssr:} } log_lines($server, qr/File does not exist/)),
    'no file was looked for';

done_testing;

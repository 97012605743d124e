# SPDX-License-Identifier: Apache-2.0
#
# Every bundle of bundles/hostile: what the client gets and what one line of
# the log says, while requests to a good bundle go on and no child ends.
use strict;
use warnings;
use V8Test;

# bundle => [path, status, body or undef, log id, what its line says].  Those
# that fail to load have no path of their own; their place is in V8SSR0003.
my $at = sub { my ($file, $rest) = @_; qr{/\Q$file\E\.js:$rest} };
my @rows = (
    # loading fails (loops-at-load is in 502)
    ['entry-not-function', '/', 500, undef, 'V8SSR0013',
        qr{/entry-not-function\.js: no entry: globalThis\.renderPage is string}],
    ['no-entry', '/', 500, undef, 'V8SSR0013',
        qr{/no-entry\.js: no entry: .* these globals: renderSomething}],
    ['syntax-error', '/', 500, undef, 'V8SSR0013',
        $at->('syntax-error', q{3:\d+: SyntaxError: Unexpected token '='})],
    ['throws-at-load', '/', 500, undef, 'V8SSR0013',
        $at->('throws-at-load', '4:3: Error: thrown at load \| at \S+:4:9')],
    # rendering fails
    ['allocates-buffers', '/', 500, undef, 'V8SSR0006', $at->(
        'allocates-buffers', '6:24: RangeError: Array buffer allocation failed')],
    ['allocates', '/', 500, undef, 'V8SSR0009',
        $at->('allocates', '6:\d+: the heap limit of 32 MiB was reached')],
    ['bad-headers', '/', 500, undef, 'V8SSR0007',
        $at->('bad-headers', '4:27: header "X-Name": .*line break')],
    ['bad-status', '/', 500, undef, 'V8SSR0007',
        $at->('bad-status', '4:27: status: .*200 to 599.*9999')],
    ['busy-flag', '/loop', 503, undef, 'V8SSR0008', $at->('busy-flag', '\d+:')],
    ['busy-flag', '/', 200, '<p>busy=false</p>'],
    ['deep-recursion', '/', 500, undef, 'V8SSR0006',
        $at->('deep-recursion', '4:\d+: RangeError: Maximum call stack')],
    ['finally-loops', '/', 503, undef, 'V8SSR0008', $at->('finally-loops', '6:')],
    ['getter-loops', '/', 503, undef, 'V8SSR0008', $at->('getter-loops', '6:')],
    ['huge-answer', '/', 500, undef, 'V8SSR0010', $at->(
        'huge-answer', '4:27: .*more than 16777216 bytes.*\(SSRMaxResponse\)')],
    ['leaves-microtask', '/', 503, undef, 'V8SSR0008',
        $at->('leaves-microtask', '10:5: ')],
    ['leaves-microtask', '/check', 200, '<p>ran=false</p>'],
    ['loops', '/', 503, undef, 'V8SSR0008', $at->(
        'loops', '5:5: still rendering after 500 ms \| at \S*renderPage')],
    ['microtask-loop', '/', 503, undef, 'V8SSR0008', $at->('microtask-loop', '')],
    ['never-settles', '/', 500, undef, 'V8SSR0017',
        $at->('never-settles', '4:27: .*can never settle')],
    ['prepare-stack-trace', '/', 503, undef, 'V8SSR0008',
        $at->('prepare-stack-trace', '')],
    ['regexp-backtrack', '/', 503, undef, 'V8SSR0008',
        $at->('regexp-backtrack', '5:44: ')],
    ['rejects', '/a', 500, undef, 'V8SSR0006',
        $at->('rejects', '6:11: RangeError: rejected /a \| at .*renderPage')],
    ['returns-nothing', '/', 500, undef, 'V8SSR0007',
        $at->('returns-nothing', '4:27: it returned nothing \(undefined\)')],
    ['returns-number', '/', 500, undef, 'V8SSR0007',
        $at->('returns-number', '4:27: it returned number')],
    ['throws-in-render', '/a', 500, undef, 'V8SSR0006', $at->(
        'throws-in-render', '5:5: TypeError: cannot render /a'
        . ' \| at inner \(.*\) \| at outer \(.*\) \| at .*renderPage \(.*\)')],
    ['throws-null', '/', 500, undef, 'V8SSR0006', $at->('throws-null', '5:5: null')],
    ['throws-symbol', '/', 500, undef, 'V8SSR0006',
        $at->('throws-symbol', '5:5: Symbol\(thrown symbol\)')],
    # answers
    ['async-good', '/a?b', 200, '<p>async 6 /a?b</p>'],
    ['console', '/', 200, '<p>ok</p>', 'V8SSR0005',
        qr{console: Error: error object\\n    at .*Symbol\(symbol\)}],
    ['declines', '/', 404, undef],
    ['good', '/a?b', 200, '<p>good /a?b</p>'],
    ['lone-surrogate', '/', 200,
        "<p>a\xef\xbf\xbdb\xef\xbf\xbdc \xf0\x9f\x99\x82</p>"],
    ['redirects', '/', 302, undef],
    ['redirects', '/permanent', 308, undef],
    ['set-cookies', '/', 201, '<p>cookies</p>'],
);

my %bundles = map { $_->[0] => 1 } @rows;
my @files = map { m{([^/]+)\.js$} } glob "$ENV{V8TEST_STAGE}/bundles/hostile/*.js";
is_deeply [sort keys %bundles], [grep { $_ ne 'loops-at-load' } sort @files],
    'every hostile bundle is here';
expect_log('V8SSR0003', map { $_->[4] // () } @rows);

my $hosts = join '', map { <<"CONF" } sort keys %bundles;
<VirtualHost 127.0.0.1:\${PORT}>
    ServerName $_.test
    SSREngine on
    SSRBundle $_ "\${TOP}/bundles/hostile/$_.js"
    SSRUse $_
    SSRTimeout @{[/^allocates/ ? '10s' : '500ms']}
</VirtualHost>
CONF
my $server = own_server(children => 1, threads => 16, limit => 1,
    config => <<"CONF");
# the check would refuse those that do not load; here the children meet them
SSRHelper /bin/true
SSRIsolates 3
SSRHeapLimit 32M
SSRQueue 100 20s
$hosts
CONF

# Once each, and again: the bundle must be as bad and the server as well.
sub check {
    my ($bundle, $path, $status, $body, $id, $says) = @_;
    my $before = () = log_lines($server, qr/./);
    my $good = $server->connect;
    my $bad = $server->connect->send('GET', $path, Host => "$bundle.test");
    my $name = "$bundle$path";
    for (1 .. 3) {
        is $good->send('GET', '/meanwhile', Host => 'good.test')->read->body,
            '<p>good /meanwhile</p>', "$name: the good bundle meanwhile";
    }
    my $r = $bad->read;
    is $r->status, $status, "$name: status";
    is $r->body, $body, "$name: body" if defined $body;
    is $r->header('Retry-After') ? 1 : 0, $status == 503 ? 1 : 0,
        "$name: Retry-After with 503 only";
    unlike join("\n", $r->names), qr/X-Injected|X-Name/, "$name: no split";
    return unless $id;
    my @all = log_lines($server, qr/./);
    my @own = grep { /\b$id: bundle \Q$bundle\E[,:]/ } splice @all, $before;
    ok @own > 0, "$name: $id is logged";
    like $own[-1] // '', $says, "$name: its one line says where and why";
    like $own[-1] // '', qr/\bGET \Q$path\E/, "$name: and for which URL"
        if $id ne 'V8SSR0005';
}

ok wait_for { $server->get('/', Host => 'good.test')->status == 200 },
    'the server is up';
my @before = $server->children;
is scalar @before, 1, 'one child';
check(@$_) for @rows, @rows;
is_deeply [$server->children], \@before, 'the child is still the same';

# Loading errors: once per bundle, with file, line and column.
for my $row (grep { ($_->[4] // '') eq 'V8SSR0013' } @rows) {
    my ($bundle, $says) = @$row[0, 5];
    my @lines = log_lines($server,
        qr/V8SSR0003: bundle \Q$bundle\E failed to load: /);
    is scalar @lines, 1, "$bundle: the failure to load is logged once";
    like $lines[0] // '', $says, "$bundle: with its place";
}

my $cookies = $server->get('/', Host => 'set-cookies.test');
is_deeply [$cookies->headers('Set-Cookie')],
    ['session=abc; Path=/; HttpOnly', 'theme=dark; Path=/'], 'two cookies';
is $cookies->header('X-Shop'), 'open', 'X-Shop';
like $server->get('/permanent', Host => 'redirects.test')->header('Location'),
    qr{/new\?a=1&b=2$}, 'redirects: Location';

done_testing;

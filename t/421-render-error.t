# SPDX-License-Identifier: Apache-2.0
#
# renderError(error, request): the bundle's own page for a render that threw,
# what is logged of it, and what happens when that fails, too.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use V8Test;

expect_log(qw(V8SSR0005 V8SSR0006 V8SSR0007 V8SSR0008 V8SSR0142));
my $server = own_server(children => 1, limit => 1, threads => 16, config => <<'CONF');
SSRIsolates 1
SSRTimeout 1s
SSREngine on
SSRBundle esm "${TOP}/bundles/test/boundary.mjs"
SSRBundle script "${TOP}/bundles/test/boundary.js"
SSRBundle cjs "${TOP}/bundles/test/boundary.cjs"
SSRMap / esm
SSRMap /script script
SSRMap /cjs cjs
SSRCache on
SSRCacheTTL 1h
SSRCacheErrorBackoff 1ms 1ms
<Location /status>
    SetHandler v8ssr-status
    Require local
</Location>
<Location /shell>
    SSRFallback shell:/shell.html
</Location>
CONF
open my $file, '>', "$server->{documents}/shell.html" or die $!;
print {$file} 'shell';
close $file or die $!;

my $html = 'text/html; charset=utf-8';
# target, status, type, body
for my $row (
    ['/a?plain', 500, $html, qr{^<p>no /a GET http://127\.0\.0\.1\S*/a\?plain \d+</p>$}],
    ['/late?plain', 500, $html, qr{^<p>no /late GET}],
    ['/text?plain', 500, $html, qr{^<p>a text GET}],
    ['/a?status', 404, $html, qr{^<p>404 no /a</p>$}],
    ['/a?response', 410, 'text/plain', qr{^gone: no /a$}],
    ['/a?later', 500, $html, qr{^<p>later no /a</p>$}],
    ['/late?later', 500, $html, qr{^<p>later no /late</p>$}],
    ['/a?stream', 500, $html, qr{^<p>stream no /a</p>$}],
    ['/shell/a?plain', 500, $html, qr{^<p>no /shell/a GET}],
    ['/script/x', 500, $html, qr{^<p>script /script/x of /script/x</p>$}],
    ['/cjs/x', 500, $html, qr{^<p>cjs /cjs/x</p>$}],
) {
    my ($target, $status, $type, $body) = @$row;
    my $r = $server->get($target);
    is $r->status, $status, "$target: status";
    is $r->header('Content-Type'), $type, "$target: type";
    like $r->body, $body, "$target: renderError's page";
    is $r->header('Cache-Control'), 'no-store', "$target: is kept by nobody";
}
like +(log_lines($server, qr/V8SSR0142/))[0],
    qr{V8SSR0142: bundle esm, GET /a\?plain: its renderError answers: \S+/boundary\.mjs:\d+:\d+: Error: no /a }, 'the error is logged, with its place';
my $away = $server->get('/away?plain');
is $away->status . ' ' . $away->header('Location'), '303 http://a.test/', 'a Response that is thrown is the answer: renderError is not asked';

isnt $server->get('/a?plain')->body, $server->get('/a?plain')->body, 'each request renders anew';
is $server->get('/tags?status')->header('Cache-Control'), 'no-store', 'ctx.cache.set() of the render that threw means nothing';
is $server->get('/a?kept')->body, $server->get('/a?kept')->body, 'a page that says so is kept';
is $server->get('/fine')->body, '<p>fine</p>', 'a render that does not throw is left alone';
is $server->request('HEAD', '/head?status')->status, 404, 'HEAD: its status';

# --- no page, after all -----------------------------------------------------------

# target, status, id, text
for my $row (
    ['/b?nothing', 500, 'V8SSR0006', qr{\.mjs:\d+:\d+: Error: no /b }],
    ['/b?throws', 500, 'V8SSR0006', qr{\.mjs:\d+:\d+: TypeError: worse; that was in renderError, which was asked about Error: no /b at \S+\.mjs:\d+:\d+ }],
    ['/b?rejects', 500, 'V8SSR0006', qr{TypeError: worse later; that was in renderError, which was asked about Error: no /b at }],
    ['/b?symbol', 500, 'V8SSR0007', qr{; that was in renderError, which was asked about Error: no /b at }],
    ['/b?loops', 503, 'V8SSR0008', qr{still rendering after 1000 ms.*renderError was asked about Error: no /b at \S+:\d+:\d+}],
    ['/b?waits', 503, 'V8SSR0008', qr{still waiting after 1000 ms}],
) {
    my ($target, $status, $id, $text) = @$row;
    is $server->get($target)->status, $status, "$target: the server's own page";
    ok log_lines($server, qr{$id: bundle esm, GET \Q$target\E: .*$text}), "$target: what is logged";
}
is log_lines($server, qr{V8SSR0005: bundle esm: console: renderError is asked about Error: no /b at \S+:\d+:\d+$}), 2,
    'it waits: the first error is a line of its own';
is $server->get('/shell/b?throws')->body, 'shell', 'renderError throws: SSRFallback';

# Limits are none of its business.
for my $row (['/loop?plain', 503], ['/answer?plain', 500]) {
    is $server->get($row->[0])->status, $row->[1], "$row->[0]: is not asked";
    ok !log_lines($server, qr/V8SSR0142: .*\Q$row->[0]\E/), "$row->[0]: nor logged so";
}

my ($row) = grep { $_->{bundle} eq 'cjs' } @{ decode_json($server->get('/status?json')->body)->{bundles} };
is $row->{errors_by_kind}{boundary}, 1, 'counted as a render that failed';

done_testing;

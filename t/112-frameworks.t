# SPDX-License-Identifier: Apache-2.0
#
# Server builds of frameworks, as they are published (bundles/frameworks): each
# way of rendering that docs/frameworks.md names, twice in a context, and in a
# context of its own.
use strict;
use warnings;
use V8Test;

my $NAME = '<i>"Ann"&';
my $ASKED = 'name=%3Ci%3E%22Ann%22%26';
my %bundles = map { m{/([^/]+)\.mjs$} ? ($1 => 1) : () }
    glob "$ENV{V8TEST_STAGE}/bundles/frameworks/dist/*.mjs";
my $bundles = join '', map {
    "SSRBundle $_ \"\${TOP}/bundles/frameworks/dist/$_.mjs\"\nSSRMap /$_ $_\n"
} sort keys %bundles;

# One isolate: what is kept is seen.
sub server {
    my ($scope) = @_;
    return own_server(children => 1, limit => 1, threads => 16, config => <<"CONF");
SSRIsolates 1
SSREngine on
SSRBundle gates "\${TOP}/bundles/test/gates.js"
SSRMap /gate gates
$bundles
SSRScope $scope
SSRTimeout 60s
SSRFetchTimeout 60s
<Location /gate>
    SSRScope bundle
</Location>
CONF
}

# Markup as the frameworks write it: text and attributes are escaped more or
# less, and pieces of text have comments between them.
my $LT = qr/(?:&lt;|&#60;)/;
my $GT = qr/(?:&gt;|&#62;|>)/;
my $QUOT = qr/(?:&quot;|&#34;|")/;
my $AMP = qr/(?:&amp;|&#38;)/;
my $C = qr/(?:<!--[^>]*-->)*/;
my $text = qr/${LT}i$GT${QUOT}Ann$QUOT$AMP/;
my $title = qr/[^>]*title="(?:<|$LT)i$GT(?:&quot;|&#34;)Ann(?:&quot;|&#34;)$AMP"/;
sub hello { return qr{<h1$title>Hello $C$text$C, $C$_[0]$C</h1>} }
my $news = qr{<p[^>]* id="news">${C}news: 1 $LT 2 $AMP ${QUOT}so on$QUOT$C</p>};
my $soon = qr{<p[^>]*>soon</p>};
my $plain = qr{^news: 1 < 2 & "so on"$}m;

# path; what comes before the gate opens: nothing where all of it is awaited,
# '' where nothing is fetched; what comes then
my @ways = (
    ['preact/string', '', ''],
    ['preact/async', undef, $news],
    ['preact/stream', $soon, qr{<preact-island[^>]*>$news}],
    ['react-edge/string', '', ''],
    ['react-edge/stream', $soon, qr{<div hidden id="S:0">$news</div><script>.*\$RC\("B:0","S:0"\)</script>}s],
    ['react-edge/prerender', undef, $news],
    ['react-browser/stream', $soon, qr{<div hidden id="S:0">$news</div><script>.*\$RC\("B:0","S:0"\)</script>}s],
    ['vue/string', undef, $news],
    ['vue/stream', 'shell', $news],
    ['vue/simple', undef, $news],
    ['vue/pipe', 'shell', $news],
    ['svelte/sync', '', ''],
    ['svelte/async', undef, $news],
    ['solid/string', '', ''],
    ['solid/async', undef, $news],
    ['solid/stream', $soon, qr{<template id="[^"]+">$news</template>}],
    ['solid/pipe', undef, qr{<template id="[^"]+">$news</template>}],
    ['hono/app', undef, $news],
    ['hono/stream', 'text', $plain],
    ['h3/app', undef, $news],
    ['h3/stream', 'text', $plain],
    ['react-router/app', $soon, $news],
    ['tanstack/string', '', ''],
    ['tanstack/app', $soon, qr{<div hidden id="S:0">$news</div><script>.*\$RC\("B:0","S:0"\)</script>}s],
    ['tanstack-start/app', $soon, qr{<div hidden id="S:0">$news</div><script>.*\$RC\("B:0","S:0"\)</script>}s],
    ['sveltekit/app', $soon, qr{\.resolve\(1, \(\) => \["news: 1 \\u003C 2 & \\"so on\\""\]\)}],
    ['sveltekit3/app', $soon, qr{\.resolve\(1, \(\) => \["news: 1 \\u003C 2 & \\"so on\\""\]\)}],
    ['astro/app', 'shell', $news],
    ['preact10/string', '', ''],
    ['preact10/async', undef, $news],
    ['preact10/stream', $soon, qr{<preact-island[^>]*>$news}],
    ['react18/stream', $soon, qr{<div hidden id="S:0">$news</div><script>.*\$RC\("B:0","S:0"\)</script>}s],
    ['solid18/string', '', ''],
    ['solid18/async', undef, $news],
    ['solid18/stream', $soon, qr{<template id="[^"]+">$news</template>}],
    ['solid18/pipe', undef, qr{<template id="[^"]+">$news</template>}],
    ['svelte50/sync', '', ''],
    ['vue34/string', undef, $news],
    ['vue34/stream', 'shell', $news],
    ['vue34/simple', undef, $news],
    ['vue34/pipe', 'shell', $news],
    ['hono40/app', undef, $news],
    ['hono40/stream', 'text', $plain],
    ['react-router7/app', $soon, $news],
);

my $gates = 0;
for my $scope ('bundle', 'request') {
    my $server = server($scope);
    my %renders;
    for my $way (@ways) {
        my ($path, $shell, $rest) = @$way;
        my ($bundle) = $path =~ m{^([^/]+)};
        for my $time (1, 2) {
            my $render = $scope eq 'bundle' ? ++$renders{$bundle} : 1;
            my $hello = ($shell // '') eq 'text' ? qr/^Hello \Q$NAME\E, $render$/m : hello($render);
            my $as = "$path, render $render, SSRScope $scope";
            my $gate = 'g' . ++$gates;
            my $target = "/$path?$ASKED&gate=$gate";
            my $client = $server->connect->send('GET', $target);
            if ($rest) {
                if (defined $shell) {
                    ok $client->has_come($hello), "$as: the shell comes while the news are awaited"
                        or diag $client->{buffer}, $server->log_text;
                    ok $client->has_come($shell), "$as: with what stands for the news" if ref $shell;
                }
                else {
                    ok wait_for { $server->is_in_flight($target) }, "$as: awaits the news";
                }
                unlike $client->{buffer}, $rest, "$as: which have not come";
                is $server->get("/gate/open/$gate")->body, 'open', "$as: they do now";
            }
            my $r = $client->read;
            is $r->status, 200, "$as: 200" or diag $r->body, $server->log_text;
            like $r->body, $hello, "$as: state and escaped text";
            like $r->body, $rest, "$as: and the news" if $rest;
            like $r->header('X-Framework') // '', qr/^\Q$bundle\E$/, "$as: header fields"
                if $bundle =~ /^(?:hono|h3|react-router|tanstack(?:-start)?|astro)\d*$/;
        }
    }

    # What routers do beside pages.
    is $server->get('/hono/json/7')->body, '{"id":7}', "hono: a parameter, SSRScope $scope";
    is $server->get('/hono/json/x')->status, 404, 'hono: its own 404';
    is $server->get('/hono/json/x')->body, 'not here', 'hono: with its text';
    is $server->get('/h3/json/7?a=1')->body, '{"id":7,"query":{"a":"1"}}', 'h3: parameter and query';
    is $server->get('/h3/error')->status, 418, 'h3: an HTTPError';
    is $server->get('/h3/none')->status, 404, 'h3: no route';
    is $server->get('/react-router/gone')->status, 410, 'React Router: what a loader throws';
    like $server->get('/react-router/gone')->body, qr{<p>not here</p>}, 'React Router: its error boundary';
    is $server->get('/react-router/none')->status, 404, 'React Router: no route';
    is $server->get('/tanstack/gone')->status, 404, 'TanStack Router: what a loader does not find';
    like $server->get('/tanstack/gone')->body, qr{<p>not here</p>}, 'TanStack Router: its page';
    is $server->get('/tanstack/none')->status, 404, 'TanStack Router: no route';
    is $server->get('/tanstack/moved')->header('Location'), '/tanstack/string', 'TanStack Router: a loader redirects';
    is $server->get('/tanstack-start/json/7')->body, '{"id":"7"}', 'TanStack Start: a handler';
    is $server->get('/tanstack-start/app')->header('Set-Cookie'), 'seen=yes; Path=/', 'TanStack Start: a cookie';
    is $server->get('/tanstack-start/gone')->status, 404, 'TanStack Start: what a loader does not find';
    is $server->get('/tanstack-start/none')->status, 404, 'TanStack Start: no route';
    for my $kit ('sveltekit', 'sveltekit3') {
        is $server->get("/$kit/app")->header('Set-Cookie'), 'seen=yes; Path=/; HttpOnly; Secure; SameSite=Lax', "$kit: a cookie";
        is $server->get("/$kit/gone")->status, 410, "$kit: an error";
        like $server->get("/$kit/gone")->body, qr{<h1>410</h1> <p>gone</p>}, "$kit: its page";
        is $server->get("/$kit/none")->status, 404, "$kit: no route";
    }
    is $server->get('/astro/none')->status, 404, 'Astro: no route';
}

done_testing;

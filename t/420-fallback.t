# SPDX-License-Identifier: Apache-2.0
#
# SSRFallback: what a client gets in place of a page that failed, was refused or
# is late, and what becomes of the late page.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use V8Test;

expect_log(qw(V8SSR0006 V8SSR0011 V8SSR0140 V8SSR0141));
my $server = own_server(children => 1, limit => 1, threads => 16, config => <<'CONF');
LogFormat "%U %<{v8ssr-fallback}n" fallback
CustomLog "logs.txt" fallback
SSRIsolates 1
SSRQueue 20 60s
SSRTimeout 60s
SSREngine on
SSRBundle gated "${TOP}/bundles/test/gated.mjs"
# of its own: whose renders are given up may get a new context
SSRBundle full "${TOP}/bundles/test/gated.mjs"
SSRMap / gated
SSRMap /gated/full full
SSRCache on
SSRCacheHeader cache-status
SSRCacheErrorBackoff 1ms 1ms
Header set Cache-Control "max-age=1000"
<Location /status>
    SetHandler v8ssr-status
    Require local
</Location>
<Location /shell>
    SSRFallback shell:/shell.html
</Location>
<Location /none>
    SSRFallback errordocument
    SSRCacheTTL 1ms
    SSRCacheStaleIfError 1h
</Location>
<Location /stale>
    SSRFallback stale shell:/shell.html
    SSRCacheTTL 1ms
    SSRCacheStaleIfError 1h
</Location>
<Location /shell/first>
    SSRFallback shell:/shell.html stale
    SSRCacheTTL 1ms
    SSRCacheStaleIfError 1h
</Location>
<Location /lost>
    SSRFallback shell:/lost.html stale
</Location>
<Location /rendered>
    SSRFallback shell:/rendered/ stale
</Location>
<Location /denied>
    SSRFallback shell:/secret.html
</Location>
<Location /secret.html>
    Require all denied
</Location>
<Location /gated/full>
    SSRCache off
</Location>
<Location /gated/late>
    SSRFallback shell:/shell.html after=100ms
    SSRCacheTTL 1h
</Location>
<Location /gated/short>
    SSRFallback shell:/shell.html after=100ms
    SSRTimeout 1s
    SSRCacheTTL 1h
</Location>
<Location /gated/old>
    SSRFallback stale after=100ms
    SSRCacheTTL 1ms
    SSRCacheStaleIfError 1h
</Location>
CONF

sub put_file {
    my ($name, $text) = @_;
    open my $file, '>', "$server->{documents}/$name" or die $!;
    print {$file} $text;
    close $file or die $!;
}
sub get { return $server->get(@_) }
sub renders { return scalar log_lines($server, qr/console: begins \Q$_[0]\E$/) }
sub is_shell {
    my ($r, $name) = @_;
    is $r->status, 200, "$name: status of the shell";
    is $r->body, "<div id=app></div>\n", "$name: the shell";
    return;
}
# A render that is known to run when this returns.
sub begin {
    my ($target) = @_;
    my $before = renders($target);
    my $client = $server->connect->send('GET', $target);
    wait_for { renders($target) > $before } or die "$target does not begin";
    return $client;
}
put_file('shell.html', "<div id=app></div>\n");
put_file('secret.html', "secret\n");

# --- failures -----------------------------------------------------------------------

is get('/plain?fail')->status, 500, 'nothing stored, no shell: the error';
my $r = get('/shell/a?fail');
is_shell($r, 'a render that fails');
is_deeply [$r->headers('Cache-Control')], ['no-store'], 'is kept by nobody, whatever mod_headers says';
is $r->header('ETag'), undef, 'has no ETag';
is $r->header('Last-Modified'), undef, 'has no date';
like $r->header('Content-Type'), qr{^text/html}, 'has its type';
is_shell(get('/shell/a?fail', 'If-Modified-Since' => get('/shell.html')->header('Last-Modified')),
    'what the client knows of the page does not count');
is_shell(get('/shell/a?fail', Range => 'bytes=0-3'), 'nor does the range it wants');
$r = $server->request('HEAD', '/shell/a?fail');
is $r->status, 200, 'HEAD: 200';
is $server->request('POST', '/shell/a?fail', body => 'x=1')->status, 500, 'POST: the error';
is get('/shell/a')->header('Cache-Control'), 'max-age=1000', 'a page that renders is no shell';
is get('/shell.html')->header('Cache-Control'), 'max-age=1000', 'nor is the file itself';

my %page = map { $_ => get($_)->body } qw(/stale/p /none/p /shell/first/p);
get("/fail?$_") for keys %page;
# Its time of a millisecond is over when it is tried again.
ok wait_for { log_lines($server, qr{V8SSR0006: bundle gated, GET /none/p: }) || (get('/none/p') && 0) }, 'a page that was stored fails now';
is get('/none/p')->status, 500, 'stale not among the ways: the error, though there is a page';
my $stale = get('/stale/p');
is $stale->status, 200, 'stale: the status of the page';
is $stale->body, $page{'/stale/p'}, 'stale: the page';
like $stale->header('Cache-Status'), qr/hit.*detail=error/, 'stale: and why';
is_shell(get('/stale/none?fail'), 'stale, and no page: the next way');
is_shell(get('/shell/first/p'), 'shell before stale');

# --- shells that are none --------------------------------------------------------------

for my $row (['lost', 'it would be rendered itself: a file below DocumentRoot was expected', '/lost.html'],
    ['rendered', 'it would be rendered itself: a file below DocumentRoot was expected', '/rendered/'],
    ['denied', 'its status is 403', '/secret.html']) {
    my ($name, $why, $shell) = @$row;
    is get("/$name/a?fail")->status, 500, "$name: the error";
    ok log_lines($server, qr{V8SSR0140: SSRFallback: shell:\Q$shell\E cannot take the place of /$name/a: \Q$why\E$}),
        "$name: and why there is no shell";
}

# --- refused -----------------------------------------------------------------------------

my @busy = map { begin("/gated/full/$_") } 1 .. 13; # of the 14 that 16 threads allow one is kept for the other bundle
my $last = begin('/gated/last');
is get('/plain/full')->status, 503, 'the queue is full: the error';
$r = get('/shell/full');
is_shell($r, 'the queue is full');
is $r->header('Retry-After'), undef, 'a shell needs no Retry-After';
$_ = undef for @busy; # the clients leave
ok wait_for { get('/plain/again')->status == 200 }, 'there is room again';
ok wait_for { get('/open?/gated/last')->status == 200 }, 'as all of them are seen to have left';
is $last->read->status, 200, 'who held the last place is served';

# --- late ----------------------------------------------------------------------------------

is_shell(get('/gated/late/a'), 'the render takes long');
is_shell(get('/gated/late/a'), 'another client waits, too');
is renders('/gated/late/a'), 1, 'and begins no second render';
get('/open?/gated/late/a');
ok wait_for { get('/gated/late/a')->body =~ m{^<p>/gated/late/a \d+</p>} }, 'it ends: the next one gets the page';
like get('/gated/late/a')->header('Cache-Status'), qr/hit/, 'out of the cache';
is renders('/gated/late/a'), 1, 'of that render';

is_shell(get('/gated/late/private?private'), 'a first time it is not known that the page is private');
get('/open?/gated/late/private');
ok wait_for { get('/gated/late/private?private')->body !~ /app/ }, 'then it is';
is_shell(get('/gated/late/gone?fail'), 'a page that will fail');
get('/open?/gated/late/gone');
ok wait_for { log_lines($server, qr{V8SSR0141: bundle gated, /gated/late/gone\?fail: the page that was late could not be rendered at all: .*Error: it fails}) },
    'is told of in one line';
is_shell(get('/gated/short/a'), 'a page that will outlive SSRTimeout');
ok wait_for { log_lines($server, qr{V8SSR0141: bundle gated, /gated/short/a: .*still waiting after 1000 ms}) }, 'is ended then';

get('/open?/gated/old/a');
my $old = get('/gated/old/a')->body;
like $old, qr{^<p>/gated/old/a}, 'a page';
get('/shut?/gated/old/a');
my $late;
ok wait_for { ($late = get('/gated/old/a'))->header('Cache-Status') =~ /detail=error/ }, 'rendered anew, late: the stale one';
get('/open?/gated/old/a');
ok wait_for { get('/gated/old/a')->body ne $late->body }, 'and the new one once it is there';

# --- what is told ------------------------------------------------------------------------------

my ($counts) = map { $_->{fallbacks} } @{ decode_json(get('/status?json')->body)->{bundles} };
cmp_ok $counts->{$_}, '>=', 2, "counted: $_" for qw(stale shell errordocument);
like get('/status?prometheus')->body, qr/^v8ssr_fallbacks_total\{[^}]*,way="shell"\} $counts->{shell}$/m, 'and for Prometheus';
open my $log, '<', "$server->{root}/logs.txt" or die $!;
my %noted = map { split } <$log>;
is $noted{'/shell/full'}, 'shell', 'the access log: a shell';
is $noted{'/none/p'}, 'errordocument', 'an error page';
is $noted{'/stale/p'}, 'stale', 'a stale page';
is $noted{'/plain/again'}, '-', 'a page';

done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# SSRCanary: who gets the second version of a bundle, that it stays so, and
# that caches are told.
use strict;
use warnings;
use V8Test;

expect_log(qw(V8SSR0006 V8SSR0013 V8SSR0021 V8SSR0022));

my $server = own_server(children => 1, limit => 1, config => <<'CONF');
Define VERSIONS "${TOP}/bundles/test/versions.js"
SSRIsolates 1
SSREngine on
SSRBundle shop ${VERSIONS}
SSRCanary shop ${VERSIONS} 25 cookie=ssr_canary header=X-Canary rollback=off
<VirtualHost 127.0.0.1:${PORT}>
    ServerName cookie.test
    ErrorDocument 500 /error
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName none.test
    SSRCanary shop ${VERSIONS} 0 cookie=ssr_canary header=X-Canary
    <Location /preview>
        SSRUse shop@canary
    </Location>
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName all.test
    SSRCanary shop ${VERSIONS} 100 cookie=ssr_canary header=X-Canary
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName few.test
    SSRCanary shop ${VERSIONS} 20
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName many.test
    SSRCanary shop ${VERSIONS} 60
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName https://secure.test
    SSRCanary shop ${VERSIONS} 99.999 cookie=choice
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName own.test
    SSRBundle shop "${TOP}/bundles/hostile/good.js"
    SSRUse shop
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName entry.test
    SSRBundle other "${TOP}/bundles/test/echo.js" entry=otherEntry
    SSRCanary other "${TOP}/bundles/test/echo.js" 100
    SSRUse other
</VirtualHost>
CONF

my ($stable, $canary) = ('<p>shop</p>', '<p>shop@canary</p>');
my $random = 'one of both';

# --- a cookie for each client ------------------------------------------------

my (%bodies, @jars);
for (1 .. 200) {
    my $r = $server->get('/', Host => 'cookie.test');
    my @set = $r->headers('Set-Cookie');
    push @jars, [$r->body, $set[0]] if @set == 1;
    $bodies{ $r->body }++;
}
is scalar @jars, 200, 'each client without the cookie gets one';
is_deeply [sort keys %bodies], [$stable, $canary], 'both versions answer';
# 50 and 6.1: mean and standard deviation
cmp_ok abs(($bodies{$canary} // 0) - 50), '<', 40, 'about 25 percent get the canary'
    or diag explain \%bodies;
my @wrong = grep {
    my ($body, $set) = @$_;
    my $name = $body eq $canary ? 'canary' : 'stable';
    $set ne "ssr_canary=$name; Path=/; HttpOnly; SameSite=Lax";
} @jars;
is_deeply \@wrong, [], 'the cookie says which, and is careful';
my @moved = grep {
    my ($cookie) = $_->[1] =~ /^([^;]+)/;
    my $r = $server->get('/again', Host => 'cookie.test',
        Cookie => "other=1; x_ssr_canary=1; ssr_canary2=1; $cookie; z=2");
    $r->body ne $_->[0] || $r->header('Set-Cookie');
} @jars;
is_deeply \@moved, [], 'a client with the cookie stays, and gets no other';
like $server->get('/', Host => 'secure.test')->header('Set-Cookie') // '',
    qr/^choice=canary; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    'https: Secure';
my %chain;
for (1 .. 400) {
    my $r = $server->get('/x?fail=shop@canary', Host => 'cookie.test',
        Cookie => 'ssr_canary=nonsense');
    my @names = map { /^ssr_canary=(\w+)/ ? $1 : () } $r->headers('Set-Cookie');
    $chain{join ' ', @names, $r->status, $r->body}++;
    last if keys %chain > 1;
}
is_deeply [sort keys %chain], ["canary 500 $canary", "stable 200 $stable"],
    'one cookie with an ErrorDocument as well, which is of the same version';

is_deeply [sort map { s/;.*//r } $server->get('/?vary', Host => 'secure.test')->headers('Set-Cookie')],
    ['choice=canary', 'own=1'], "the bundle's own cookie is set as well";

# --- one request: host, path, headers, body, Vary, whether a cookie is set ----

my $both = 'X-Canary, Cookie';
my @rows = (
    ['cookie.test', '/', [Cookie => 'ssr_canary=canary'], $canary, $both, 0],
    ['cookie.test', '/', [Cookie => 'ssr_canary=stable'], $stable, $both, 0],
    ['cookie.test', '/', [Cookie => 'ssr_canary=1'], $random, $both, 1],
    ['cookie.test', '/?status=503', [], $random, $both, 1],
    ['cookie.test', '/?vary', [Cookie => 'ssr_canary=canary'], $canary,
        "$both, Accept-Language", 1],
    (map { ['cookie.test', '/', ['X-Canary' => $_, Cookie => 'ssr_canary=stable'],
        $canary, 'X-Canary', 0] } qw(1 on canary ON)),
    (map { ['cookie.test', '/', ['X-Canary' => $_, Cookie => 'ssr_canary=canary'],
        $stable, 'X-Canary', 0] } qw(0 off stable)),
    ['cookie.test', '/', ['X-Canary' => 'maybe', Cookie => 'ssr_canary=canary'],
        $canary, $both, 0],
    ['none.test', '/', [], $stable, 'X-Canary', 0],
    ['none.test', '/', [Cookie => 'ssr_canary=canary'], $stable, 'X-Canary', 0],
    ['none.test', '/', ['X-Canary' => 1], $canary, 'X-Canary', 0],
    ['none.test', '/preview', [], $canary, undef, 0],
    ['all.test', '/', [], $canary, 'X-Canary', 0],
    ['all.test', '/', [Cookie => 'ssr_canary=stable'], $canary, 'X-Canary', 0],
    ['all.test', '/', ['X-Canary' => 0], $stable, 'X-Canary', 0],
    ['few.test', '/', ['X-Canary' => 1], $random, undef, 0],
    ['own.test', '/x', ['X-Canary' => 1], '<p>good /x</p>', undef, 0],
    ['entry.test', '/x', [], '{"entry":"otherEntry","url":"/x"}', undef, 0],
);
for my $row (@rows) {
    my ($host, $path, $headers, $body, $vary, $sets) = @$row;
    my $name = "$host$path @$headers";
    my $r = $server->get($path, Host => $host, @$headers);
    my $got = join ', ', $r->headers('Vary');
    my $same = sub { join ', ', sort split /,\s*/, $_[0] // '' };
    like $r->body, $body eq $random ? qr/^(?:$stable|$canary)$/ : qr/^\Q$body\E$/,
        "$name: body";
    is $same->($got), $same->($vary), "$name: Vary";
    is !!$r->headers('Set-Cookie'), !!$sets, "$name: cookie";
}

# --- no cookie: by address ---------------------------------------------------

sub by_address {
    my ($host, $address) = @_;
    return V8Test::HTTP->new($server->{port}, LocalAddr => $address)
        ->send('GET', '/', Host => $host, Connection => 'close')->read->body;
}
my @addresses = map { "127.0.3.$_" } 1 .. 200;
my @few = grep { by_address('few.test', $_) eq $canary } @addresses;
my @many = grep { by_address('many.test', $_) eq $canary } @addresses;
cmp_ok abs(@few - 40), '<', 30, 'about 20 percent of the addresses' or diag scalar @few;
cmp_ok abs(@many - 120), '<', 35, 'about 60 percent' or diag scalar @many;
my %many = map { $_ => 1 } @many;
is_deeply [grep { !$many{$_} } @few], [], 'a share that grows takes nobody back';
is_deeply [grep { by_address('few.test', $_) ne $canary } @few], [], 'an address stays';

# --- broken scripts, and blue/green -------------------------------------------

my $live = prepare_server(children => 1, limit => 2);
my $broken = '"${TOP}/bundles/hostile/syntax-error.js"';
my $file = "$live->{root}/canary.js";

sub put {
    open my $fh, '>', $file or die "$file: $!";
    print {$fh} @_;
    close $fh or die "$file: $!";
}

sub configure {
    my ($path, $percent) = @_;
    $live->configure("SSREngine on\nSSRBundle shop \"\${TOP}/bundles/hostile/good.js\" self-test=/\n"
        . "SSRCanary shop $path $percent header=X-Canary");
}

# The line of SSRCanary in what was written.
sub canary_line {
    open my $fh, '<', $live->{conf} or die $!;
    my @lines = <$fh>;
    return 1 + (grep { $lines[$_] =~ /^SSRCanary / } 0 .. $#lines)[0];
}

sub restart {
    my @old = $live->children;
    my $mark = length $live->log_text;
    $live->graceful or die 'no restart';
    wait_for { my %now = map { $_ => 1 } $live->children; !grep { $now{$_} } @old }
        or die 'old children stay';
    return substr $live->log_text, $mark;
}

configure($broken, 0);
my ($status, $output) = $live->configtest;
is $status, 1, 'configtest refuses a broken canary, of 0 percent too';
my $line = canary_line();
like $output, qr/^SSRCanary: shop\@canary: \S+syntax-error\.js:3:\d+: SyntaxError.* \(line $line of \Q$live->{conf}\E\)$/m,
    'and names its place in both';
configure('"${TOP}/bundles/hostile/throws-in-render.js"', 0);
like +($live->configtest)[1], qr/^SSRCanary: shop\@canary: the self-test \/ failed: /m,
    "it has its bundle's self-test";

put("globalThis.renderPage = () => '<p>new</p>';");
configure("\"$file\"", 0);
$live->launch->wait_up or die $live->log_text;
is $live->get('/')->body, '<p>good /</p>', '0 percent: the stable version';
configure("\"$file\"", 100);
is restart() =~ /V8SSR002[12]/, '', '100 percent: restarted';
is $live->get('/')->body, '<p>new</p>', '100 percent: the canary';
put('globalThis.renderPage = ;');
like restart(), qr/V8SSR0021: bundle shop\@canary: /, 'its script breaks: refused';
is $live->get('/')->body, '<p>new</p>', 'the last good canary goes on';
configure($broken, 100);
like restart(), qr/V8SSR0022: bundle shop\@canary is refused/, 'another, broken from the start';
is $live->get('/')->body, '<p>good /</p>', 'the stable version answers all';
is $live->get('/', 'X-Canary' => 1)->status, 500, 'but whoever asks for the canary';
configure("\"$file\"", 0);
put("globalThis.renderPage = () => '<p>newer</p>';");
restart();
is $live->get('/')->body, '<p>good /</p>', 'and back to 0 percent';
is $live->get('/', 'X-Canary' => 1)->body, '<p>newer</p>', 'whoever asks sees the next';

done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# SSRTemplate: pages are put into a file's places, whole or in pieces, and kept
# as they left; a new version of the file has pages of its own; a broken one is
# found by configtest, and by a restart, which goes on with the last good one.
use strict;
use warnings;
use V8Test;

expect_log(qw(V8SSR0006 V8SSR0007 V8SSR0010 V8SSR0091 V8SSR0142 V8SSR0150 V8SSR0151 V8SSR0152));

my $server = prepare_server(children => 1, limit => 2, threads => 16);

sub shell { return "<html><!--app-head--></head><body>$_[0]<!--app-html--></body><!--ssr-state--></html>\n" }

sub page {
    my ($mark, $html, $head, $state) = (@_, '', '');
    return "<html>$head</head><body>$mark$html</body>" . ($state // '') . "</html>\n";
}

sub put_files {
    $server->put('one.html', shell('1'));
    $server->put('two.html', "2<!--ssr-outlet-->\n");
    return;
}

my $config = <<'CONF';
SSRIsolates 1
SSREngine on
SSRTimeout 20s
SSRBundle template "${TOP}/bundles/test/template.mjs"
SSRCacheHeader cache-status
SSRTemplate one.html
<Location /two>
    SSRTemplate two.html
</Location>
<Location /none>
    SSRTemplate none
</Location>
<Location /kept>
    SSRCache on
</Location>
<Location /none/kept>
    SSRCache on
</Location>
<Location /short>
    SSRMaxResponse 1K
</Location>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName plain.test
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName own.test
    SSRTemplate two.html
</VirtualHost>
CONF

# --- configtest ----------------------------------------------------------------------

sub refused {
    my ($why, $text, $message) = @_;
    $server->put('bad.html', $text) if defined $text;
    $server->configure("SSREngine on\nSSRBundle template \"\${TOP}/bundles/test/template.mjs\"\n"
        . "<Location /x>\nSSRTemplate bad.html\n</Location>\n");
    my ($status, $output) = $server->configtest;
    is $status, 1, "$why: refused";
    like $output, qr{^SSRTemplate: \Q$server->{root}\E/bad\.html$message \(line \d+ of \S+\)$}m,
        "$why: one line says what was expected";
    return;
}
refused('a file that is not there', undef, ': it cannot be read: No such file or directory');
refused('no place for the page', "<!--app-head-->\n",
    ': <!--app-html--> \(or <!--ssr-outlet-->\) was expected where the page goes');
refused('two places for it', "<!--app-html-->\n\n<!--ssr-outlet-->\n",
    ', line 3: <!--ssr-outlet-->: one place for it was expected, and line 1 has it already');
refused('no UTF-8', "<!--app-html-->\n\xe4", ', line 2: UTF-8 was expected, not byte 0xe4');
refused('too large', ' ' x (1 << 20) . '<!--app-html-->', ': at most 1 MiB was expected');

# --- pages ---------------------------------------------------------------------------

put_files();
$server->configure($config);
$server->launch->wait_up;
sub get { return $server->get(@_) }

my $state = '<script>window.__SSR_STATE__={"items":["\\u003c/script>\\u003cb>","\\u2028"]}</script>';
my $r = get('/string');
is $r->body, page(1, 'page'), 'a string is put into the template';
is $r->header('Content-Length'), length page(1, 'page'), 'with the length of all';
is $r->header('Content-Type'), 'text/html; charset=utf-8', 'as HTML';
$r = get('/object');
is $r->body, page(1, 'page', "<title>\xe2\x82\xac</title>", $state), 'head and state have their places';
is $r->status, 404, 'with its own status';
is get('/two/object')->body, "2page\n", 'a template without these places: nothing of them';
is get('/none/string')->body, 'page', 'SSRTemplate none: as it is';
is get('/string', Host => 'own.test')->body, "2page\n", 'a virtual host has its own';

is get('/response')->body, 'whole', 'a Response is whole in itself';
is get('/json')->body, '{}', 'nor is what is no HTML put into it';
$r = get('/redirect');
is $r->status, 302, 'a redirect';
unlike $r->body, qr/<body>1/, 'is none of it';
is get('/nothing')->status, 404, 'null: declined as ever';

$r = $server->request('HEAD', '/string');
is $r->body, '', 'HEAD: no body';
is $r->header('Content-Length'), length page(1, 'page'), 'HEAD: the length of all';
is get('/tagged', 'If-None-Match' => '"of-the-bundle"')->status, 304, 'the ETag of the bundle holds';

is get('/fails')->body, page(1, 'sorry'), 'renderError has it, too';
is get('/head')->status, 500, 'a head that is no string is an error';
like $server->log_text, qr/V8SSR0007: .*head: a string was expected/, 'which the log says';

$server->put('htdocs/index.html', shell('bare'));
is get('/')->body, page(1, 'sorry'), 'a template below DocumentRoot: / is rendered';
is get('/index.html')->body, shell('bare'), 'its own name is the bare file';

$server->put('two.html', '2<!--app-html-->' . ' ' x 1100);
$server->graceful or die 'no restart';
ok wait_for { get('/two/string')->body =~ /^2page {1100}$/ }, 'another version after a restart';
is get('/short/string')->status, 200, 'SSRMaxResponse: all that leaves';
$server->put('one.html', shell('1' . ' ' x 1000));
$server->graceful or die 'no restart';
ok wait_for { get('/short/string')->status == 500 }, 'counts, the template too';
like $server->log_text, qr/V8SSR0010: .*more than 1024 bytes/, 'which the log says';
put_files();
$server->graceful or die 'no restart';
ok wait_for { get('/string')->body eq page(1, 'page') && get('/two/string')->body eq "2page\n" },
    'the first ones again';

# --- streams -------------------------------------------------------------------------

my $gates = 0;
sub gate { return 'g' . ++$gates }
sub open_gate { is get("/open?name=$_[0]")->body, 'open', "gate $_[0] opens"; return }

my $before = page(1, '') =~ s{</body>.*}{}sr;
my $gate = gate();
my $client = $server->connect->send('GET', "/stream?gate=$gate");
ok $client->has_come(qr/<body>1/), 'a stream: what stands before it comes while the bundle waits';
unlike $client->{buffer}, qr{</body>}, 'what stands behind it does not';
open_gate($gate);
is $client->read->body, page(1, 'first,last', '', '<script>window.__SSR_STATE__=1</script>'), 'then all of it';
is get('/iterable')->body, page(1, 'first,last'), 'an async iterable has no state';

$gate = gate();
$client = $server->connect->send('GET', "/stream?fail=1&gate=$gate");
ok $client->has_come(qr/<body>1/), 'an error after the first byte:';
open_gate($gate);
ok !eval { $client->read; 1 }, 'the response is seen to be cut off';
like $@, qr/ends too early/, 'the connection ends';
unlike $client->{buffer} // '', qr{</html>}, 'without the rest of the template';

# --- the cache -------------------------------------------------------------------------

sub is_hit { return ($_[0]->header('Cache-Status') // '') =~ /; hit/ }

my ($first) = map { $_->body } get('/kept/count');
like $first, qr{^<html></head><body>1page \d+</body></html>$}, 'a page for the cache';
$r = get('/kept/count');
ok is_hit($r), 'is kept';
is $r->body, $first, 'as it left';
is get('/kept/count', 'If-None-Match' => $r->header('ETag'))->status, 304, 'its ETag holds';
$client = get('/kept/stream');
$r = get('/kept/stream');
ok is_hit($r), 'a stream is kept';
is $r->body, $client->body, 'as a whole';
my $none = get('/none/kept/count')->body;
for my $time (1, 2) {
    $r = get('/kept/nonce');
    my @nonces = $r->body =~ /<script nonce="(\w{32})">/g;
    is scalar @nonces, 2, 'the script of the state has the nonce of the page';
    is $nonces[0], $nonces[1], 'the same';
    is $r->header('Content-Security-Policy'), "script-src 'nonce-$nonces[0]'", 'as its field, new each time';
}

$server->put('one.html', shell('new '));
is get('/kept/count')->body, $first, 'a new file alone changes nothing';
$server->graceful or die 'no restart';
ok wait_for { get('/kept/count')->body ne $first }, 'after a restart no page of the old one is served';
like get('/kept/count')->body, qr{<body>new page \d+</body>}, 'but of the new one';
$r = get('/none/kept/count');
ok is_hit($r), 'pages that are in no template';
is $r->body, $none, 'are what they were';

# --- restarts --------------------------------------------------------------------------

# The children of before are gone.
sub restart {
    my @old = $server->children;
    my $mark = length $server->log_text;
    $server->graceful or die 'no restart';
    wait_for { my %now = map { $_ => 1 } $server->children; %now && !grep { $now{$_} } @old } or die 'old children stay';
    return grep { /V8SSR015/ } split /\n/, substr $server->log_text, $mark;
}
my $parent = $server->pid;
$server->put('one.html', "<p>\n");
my @said = restart();
is scalar @said, 1, 'a broken version: one error';
like $said[0], qr{V8SSR0150: .*the last good one goes on: \S+/one\.html: <!--app-html-->}, 'that says why';
is get('/string')->body, page('new ', 'page'), 'the last good one goes on';

unlink "$server->{root}/two.html" or die $!;
$server->configure($config . "<Location /three>\nSSRTemplate three.html\nSSRCache on\n</Location>\n"
    . "SSRWarmup /three/count cache=only\n");
@said = grep { !m{/one\.html} } restart();
like $said[0], qr{V8SSR0150: .*/two\.html: it cannot be read}, 'one that is gone';
is get('/two/string')->body, "2page\n", 'goes on, too';
like $said[1], qr{V8SSR0151: .*no earlier version.*/three\.html: it cannot be read}, 'one that never was';
is get('/three/count')->status, 500, 'its pages fail';
like $server->log_text, qr{V8SSR0152: .*/three/count: there is no good version of SSRTemplate \S+/three\.html},
    'which the log says';
ok wait_for { $server->log_text =~ m{V8SSR0091: .*/three/count for the cache: there is no good version of its SSRTemplate} },
    'nor does a warm-up make them';
is get('/string')->status, 200, 'others do not';
$server->put($_ => shell('mended ')) for qw(one.html two.html three.html);
is scalar(restart()), 0, 'mended: no error';
is get('/three/string')->body, page('mended ', 'page'), 'mended: it is served';
is $server->pid, $parent, 'the same parent all the time';

# --- v8ssr -----------------------------------------------------------------------------

sub rendered {
    local $ENV{LD_LIBRARY_PATH} = "$server->{top}/lib";
    open my $fh, '-|', 'sh', '-c', 'exec 2>&1 "$@"', 'sh', "$server->{top}/lib/v8ssr", 'render', '-T', @_,
        "$server->{top}/bundles/test/template.mjs", '/string' or die $!;
    local $/;
    return scalar <$fh>;
}
like rendered("$server->{root}/three.html"), qr{^<html></head><body>mended page</body></html>$}m, 'v8ssr render -T';
like rendered("$server->{root}/bad.html"), qr{^\S+/bad\.html: at most 1 MiB was expected$}m, 'which says what is wrong';

done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# SSRBreaker: a bundle of which too many renders have failed is not rendered for
# a while, in the scope of the directive; then one render is tried.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Time::HiRes qw(time);
use V8Test;

expect_log(qw(V8SSR0006 V8SSR0008 V8SSR0042 V8SSR0091 V8SSR0141 V8SSR0142 V8SSR0143));
# Long cooldowns never end here, short ones soon.
my $server = prepare_server(children => 1, limit => 1, threads => 16);
my $own = "$server->{root}/own.js";
$server->configure(<<"CONF" . <<'CONF');
SSRBundle own "$own"
CONF
SSRIsolates 1
SSRQueue 20 60s
SSRTimeout 60s
SSREngine on
SSRBundle gated "${TOP}/bundles/test/gated.mjs"
SSRBundle other "${TOP}/bundles/test/gated.mjs"
SSRBundle boundary "${TOP}/bundles/test/boundary.mjs"
# of its own: whose renders are given up may get a new context
SSRBundle left "${TOP}/bundles/test/gated.mjs"
SSRMap / gated
SSRMap /gated/slow left
SSRMap /gated/gone left
SSRMap /gone left
SSRMap /gated/trial left
SSRMap /trial left
SSRMap /both/other other
SSRMap /boundary boundary
SSRMap /own own
SSRBundle stream "${TOP}/bundles/test/stream.js"
SSRMap /stream stream
SSRCacheHeader cache-status
SSRCacheErrorBackoff 1ms 1ms
<Location /status>
    SetHandler v8ssr-status
    Require local
</Location>
<Location /long>
    SSRBreaker 3 1h 1h
</Location>
<Location /both>
    SSRBreaker 1 1h 1h
</Location>
<Location /both/off>
    SSRBreaker off
</Location>
<Location /both/if>
    <If "%{QUERY_STRING} =~ /if/">
        SSRBreaker 1 1h 1h
    </If>
</Location>
<Location /shell>
    SSRBreaker 1 1h 1h
    SSRFallback shell:/shell.html
</Location>
<Location /stale>
    SSRBreaker 1 1h 1h
    SSRCache on
    SSRCacheTTL 1ms
    SSRCacheStaleIfError 1h
</Location>
<Location /kept>
    SSRBreaker 1 1h 1h
    SSRCache on
    SSRCacheTTL 1h
</Location>
<Location /gated/late>
    SSRBreaker 1 1h 1h
    SSRCache on
    SSRCacheTTL 1h
    SSRFallback shell:/shell.html after=100ms
</Location>
<Location /gated/slow>
    SSRBreaker 2 1h 1h
    SSRTimeout 200ms
</Location>
<LocationMatch ^/(gated/)?gone/>
    SSRBreaker 1 1h 1h
</LocationMatch>
<Location /boundary>
    SSRBreaker 1 1h 1h
</Location>
<Location /stream>
    SSRBreaker 1 1h 1h
</Location>
<Location /window>
    SSRBreaker 2 1s 1h
</Location>
<Location /own>
    SSRBreaker 1 1h 1h
</Location>
<Location /short>
    SSRBreaker 2 1h 1s
</Location>
<LocationMatch ^/(gated/)?trial/>
    SSRBreaker 1 1h 1s
</LocationMatch>
CONF

sub put_file {
    my ($file, $text) = @_;
    open my $out, '>', $file or die "$file: $!";
    print {$out} $text;
    close $out or die "$file: $!";
    chmod 0644, $file;
    return;
}
sub get { return $server->get(@_) }
sub renders { return scalar log_lines($server, qr/console: begins \Q$_[0]\E$/) }
sub opened { return log_lines($server, qr/V8SSR0143: \Q$_[0]\E: /) }
sub closed { return log_lines($server, qr/V8SSR0144: \Q$_[0]\E: /) }
sub breakers { return decode_json(get('/status?json')->body)->{breakers} }

put_file("$server->{documents}/shell.html", "shell\n");
put_file($own, "globalThis.renderPage = () => { throw new Error('old'); };\n");
$server->launch->wait_up or die 'httpd did not start: ' . $server->log_text;

# The same in new children: nothing of it is in theirs.
sub restart {
    my @old = $server->children;
    ok $server->graceful, 'restarted';
    ok wait_for { my %now = map { $_ => 1 } $server->children; %now && !grep { $now{$_} } @old },
        'another child';
    return;
}

# --- it opens -----------------------------------------------------------------------

is_deeply breakers(), [], 'at first there is none';
is get("/long/$_?fail")->status, 500, "failure $_: the render's own status" for 1, 2;
is get('/long/well')->status, 200, 'two are not enough';
restart();
is get('/long/3?fail')->status, 500, 'failure 3, of another child';
my $where = 'bundle gated, <Location /long>';
my @lines = opened($where);
is scalar @lines, 1, 'it is open: one line';
like $lines[0], qr{: 3 renders have failed within 3600 s: it is not rendered for 3600 s \(SSRBreaker\); the last: \S+gated\.mjs:\d+:\d+: Error: it fails},
    'how many, and the last error';
my $r = get('/long/new');
is $r->status, 503, 'another URL is refused';
ok $r->header('Retry-After') > 3000 && $r->header('Retry-After') <= 3600, 'Retry-After: what is left';
is renders('/long/new'), 0, 'and not rendered';
like +(log_lines($server, qr/V8SSR0145: /))[0], qr{bundle gated, GET /long/new: too many of its renders have failed},
    'the log of the request';
is get('/plain')->status, 200, 'elsewhere the bundle is rendered';
restart();
is get('/long/new')->status, 503, 'a graceful restart changes nothing';
is scalar opened($where), 1, 'and is no reason for another line';

my ($found, @more) = @{ breakers() };
is_deeply \@more, [], 'the status has one';
is_deeply [@$found{qw(bundle section)}], ['gated', '<Location /long>'], 'which';
ok $found->{seconds} > 3000, 'for how long';
like get('/status')->body, qr{<td>gated<td>&lt;Location /long&gt;<td>\d+ s}, 'for people, too';
like get('/status?prometheus')->body, qr/^v8ssr_breakers_open 1$/m, 'and for machines';
like get('/status?prometheus')->body, qr/^v8ssr_not_rendered_total\{[^}]*bundle="gated"[^}]*kind="refused"\} 2$/m,
    'what was refused is counted';

# --- whose --------------------------------------------------------------------------

is get('/both/a?fail')->status, 500, 'the bundle fails in one place';
is get('/both/a')->status, 503, 'and is refused there';
is get('/both/other')->status, 200, 'another bundle in that place is not';
is get("/both/off?fail=$_")->status, 500, "off: failure $_ is no reason" for 1, 2;
is scalar opened('bundle gated, <Location /both/off>'), 0, 'nor is it counted';
is get('/both/if?if,fail')->status, 500, 'an <If> is a place of its own';
is get('/both/if?if')->status, 503, 'which has its own';
is scalar opened('bundle gated, <If "%{QUERY_STRING} =~ /if/">'), 1, 'and its name';

is get('/own/a')->status, 500, 'a version fails';
is get('/own/a')->status, 503, 'and is refused';
put_file($own, "globalThis.renderPage = () => '<p>new</p>';\n");
restart();
is get('/own/a')->body, '<p>new</p>', 'the next version is not to blame';

# --- what counts --------------------------------------------------------------------

$where = 'bundle left, <Location /gated/slow>';
is get('/gated/slow')->status, 503, 'a render that is late';
is scalar opened($where), 0, 'one is not enough';
is get('/gated/slow')->status, 503, 'another one';
like +(opened($where))[0], qr/; the last: .*200 ms/, 'late renders count';
is get('/boundary/a?plain')->status, 500, 'renderError answers';
like get('/boundary/b?plain')->body, qr/503/, 'and then does no more: that counts, too';

is get('/stream/a?fail=before')->status, 500, 'a stream fails';
is get('/stream/a')->status, 503, 'that counts as well';

is get('/window/a?fail')->status, 500, 'a failure';
my $since = time;
ok wait_for { time > $since + 1.1 }, 'and time';
is get('/window/a?fail')->status, 500, 'another one';
is get('/window/a')->status, 200, 'of which the first is too long ago to count';

my $client = $server->connect->send('GET', '/gated/gone/a');
ok wait_for { renders('/gated/gone/a') }, 'a render begins';
undef $client; # it leaves; what comes of that is looked at in the end

# --- in its place -------------------------------------------------------------------

is get('/shell/a?fail')->body, "shell\n", 'a render fails: the shell';
$r = get('/shell/b');
is $r->body, "shell\n", 'refused: the shell';
is $r->header('Retry-After'), undef, 'without Retry-After';
is renders('/shell/b'), 0, 'at once';

my $page = get('/stale/a')->body;
is get('/kept/a')->status, 200, 'a page that is kept';
is get("/$_/b?fail")->status, 500, "$_: another page fails" for qw(stale kept);
ok wait_for { get('/stale/a')->header('Cache-Status') =~ /detail=error/ }, 'refused: the stale page';
is get('/stale/a')->body, $page, 'as it was';
is get('/stale/c')->status, 503, 'and where there is none, 503';
is get('/kept/a')->status, 200, 'fresh pages need no render';

is get('/gated/late/a?fail')->body, "shell\n", 'a visitor does not wait for the end';
is scalar opened('bundle gated, <Location /gated/late>'), 0, 'which nobody knows yet';
get('/open?/gated/late/a');
ok wait_for { opened('bundle gated, <Location /gated/late>') }, 'a late failure counts';

# --- one is tried -------------------------------------------------------------------

$where = 'bundle gated, <Location /short>';
my $tries = 0;
sub try_failing { $tries++; return get("/short/$tries?fail") }
try_failing() for 1, 2;
is scalar opened($where), 1, 'open';
ok wait_for { try_failing()->status == 500 }, 'after the cooldown one is tried';
ok wait_for { opened($where) == 2 }, 'it fails: open again';
like +(opened($where))[1], qr{: the render that was tried has failed, too: it is not rendered for 1 s \(SSRBreaker\); the last: .*it fails},
    'at once, and the log says so';
is scalar closed($where), 0, 'meanwhile it was not closed';
ok wait_for { get('/short/well')->status == 200 }, 'another one';
is scalar closed($where), 1, 'it ends well: closed';
like +(closed($where))[0], qr/: the render that was tried has ended well: it is rendered again \(SSRBreaker\)$/, 'the line';
ok !(grep { $_->{section} eq '<Location /short>' } @{ breakers() }), 'the status has it no more';
my $before = opened($where);
is get('/short/x?fail')->status, 500, 'a failure';
is get('/short/y')->status, 200, 'is the first one again';
is scalar opened($where), $before, 'the old ones are forgotten';

# Only one: it may run as long as SSRTimeout and SSRQueue say.
$where = 'bundle left, <LocationMatch ^/(gated/)?trial/>';
is get('/trial/a?fail')->status, 500, 'open';
ok wait_for {
    $client = $server->connect->send('GET', '/gated/trial/b');
    wait_for { $client->has_come(qr/503/, 0.05) || renders('/gated/trial/b') };
    renders('/gated/trial/b');
}, 'one is tried';
is get('/trial/b')->status, 503, 'while it runs no other one is';
is renders('/trial/b'), 0, 'not even begun';
undef $client;
ok wait_for { get('/trial/b')->status == 200 }, 'its client leaves: another one is tried';
is scalar closed($where), 1, 'and closes it';

is get('/gone/b')->status, 200, 'who leaves is no failure';

# --- in the background --------------------------------------------------------------

$server = prepare_server(children => 1, limit => 1);
put_file("$server->{root}/urls", "/warm/a?fail\n/warm/b\n");
$server->configure(<<'CONF');
SSRIsolates 1
SSREngine on
SSRBundle gated "${TOP}/bundles/test/gated.mjs"
SSRCache on
SSRCacheTTL 1h
SSRWarmup file:urls concurrency=1
<Location /warm>
    SSRBreaker 1 1h 1h
</Location>
CONF
$server->launch->wait_up or die 'httpd did not start: ' . $server->log_text;
ok wait_for { log_lines($server, qr{V8SSR0091: .*/warm/b.*: too many renders of the bundle have failed \(SSRBreaker\)$}) },
    "the cache's warm-up counts, and is refused";
is scalar opened('bundle gated, <Location /warm>'), 1, 'the log says why';

done_testing;

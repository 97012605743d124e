# SPDX-License-Identifier: Apache-2.0
#
# Requests over HTTP/2 run on threads of mod_http2: renders that wait never take
# all of them, however few there are.  A page from the cache and a file are served
# over HTTP/2 meanwhile, one render more is refused at once.
use strict;
use warnings;
use POSIX ();
use V8Test;

expect_log(qw(V8SSR0112 V8SSR0113));
sub server {
    my ($workers) = @_;
    my $server = own_server(children => 1, limit => 1, threads => 64, config => <<"CONF");
<IfModule !http2_module>
    LoadModule http2_module "\${MODULES}/mod_http2.so"
</IfModule>
Protocols h2c http/1.1
H2MinWorkers 1
H2MaxWorkers $workers
SSRIsolates 1
SSRQueue 1000 60s
SSRTimeout 60s
SSREngine on
SSRBundle gated "\${TOP}/bundles/test/gated.mjs"
SSRCache on
SSRCacheHeader cache-status
SSRCacheTTL 1h
<Location /gated/bare>
    SSRCache off
</Location>
<Location /gated/late>
    SSRFallback after=100ms shell:/file.txt
</Location>
<Location /old>
    SSRCacheTTL 1ms
    SSRCacheStaleIfError 1h
</Location>
CONF
    open my $file, '>', "$server->{documents}/file.txt" or die $!;
    print {$file} "a file\n";
    close $file or die $!;
    return $server;
}

my ($server, $base, $kept, $old);
sub begin_with {
    $server = server(@_);
    $base = "http://127.0.0.1:$server->{port}";
    ($kept, $old) = map { $server->get($_)->body } '/kept', '/old';
    return;
}
my @curl = qw(curl -s --http2-prior-knowledge --max-time);

sub ask {
    my ($target) = @_;
    my $pid = open my $in, '-|';
    return [$in, $pid] if $pid;
    { exec @curl, 60, '-o', '/dev/null', '-w', "%{http_code}", "$base$target" }
    POSIX::_exit(127);
}
sub status { my ($asked) = @_; my $in = $asked->[0]; return scalar <$in> }
sub leave { kill TERM => $_->[1] for @_; close $_->[0] for @_; return }
sub h2 { my ($target) = @_; return scalar `@curl 20 -H 'Host: 127.0.0.1' -D - '$base$target'` }
sub begun { return scalar grep { log_lines($server, qr/console: begins \Q$_\E$/) } @_ }

sub is_served_meanwhile {
    my ($name) = @_;
    for my $n (1 .. 3) {
        like h2('/kept'), qr/\nCache-Status: v8ssr; hit.*\Q$kept\E$/is, "$name: a page from the cache, $n";
        like h2('/file.txt'), qr/^HTTP\/2 200.*a file$/s, "$name: a file, $n";
        like h2("/gated/bare/more/$name/$n"), qr/^HTTP\/2 503.*\nRetry-After: 60/is, "$name: one render more is refused, $n";
    }
    ok !log_lines($server, qr{console: begins /gated/bare/more/}), "$name: and not begun";
    like h2('/old'), qr/^HTTP\/2 200.*\Q$old\E$/s, "$name: where there is a stale page it is sent";
    is $server->get("/free/$name")->status, 200, "$name: over HTTP/1.1 there is room";
    return;
}

my @three = map { "/gated/bare/$_" } 1 .. 3;
begin_with(4);
my @asked = map { ask($_) } @three;
ok wait_for { begun(@three) == 3 }, 'three renders of four threads wait';
is_served_meanwhile('renders');
my @lines = log_lines($server, qr/V8SSR0112: .*more/);
like $lines[0], qr{bundle gated, GET /gated/bare/more/renders/1: 3 requests wait for renders on the 4 worker threads of mod_http2: no more may \(H2MaxWorkers\)},
    'what the log says';
leave(@asked);

# A render that was handed on holds no thread: its visitors have the shell.
my @late = map { "/gated/late/$_" } 1 .. 8;
for my $target (@late) {
    ok wait_for { h2($target) =~ /^HTTP\/2 200.*a file$/s && begun($target) }, "$target: handed on";
}
$server->get("/open?$_") for @late;
for my $target (@late) {
    ok wait_for { h2($target) =~ /\nCache-Status: v8ssr; hit/i }, "$target: rendered for the cache";
}

# A crowd that waits for one page waits on threads as well.
begin_with(4);
my @crowd = ask('/gated/crowd');
ok wait_for { begun('/gated/crowd') }, 'one of a crowd renders';
sub has_ended { my $bits = ''; vec($bits, fileno $_[0][0], 1) = 1; return select $bits, undef, undef, $_[1] }
wait_for { push @crowd, ask('/gated/crowd'); grep { has_ended($_, $_ == $crowd[-1] ? 1 : 0) } @crowd };
is_served_meanwhile('crowd');
is begun('/gated/crowd'), 1, 'no other one renders';
$server->get('/open?/gated/crowd');
is scalar(grep { status($_) eq '200' } @crowd), 3, 'two wait for it, others are refused';

# One thread is too few, which is said.
begin_with(1);
ok wait_for { log_lines($server, qr/V8SSR0113: child \d+: mod_http2 has one worker thread/) }, 'one worker thread: one line';
like h2('/page'), qr/^HTTP\/2 200.*<p>\/page 3</s, 'pages are rendered';

done_testing;

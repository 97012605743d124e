# SPDX-License-Identifier: Apache-2.0
#
# Every render that is allowed waits, over HTTP/1.1 and over HTTP/2: pages from the
# cache and files are served meanwhile, one render more is refused at once, or
# answered by a stale page.
use strict;
use warnings;
use POSIX ();
use V8Test;

expect_log(qw(V8SSR0011));
my $server = own_server(children => 1, limit => 1, threads => 16, config => <<'CONF');
<IfModule !http2_module>
    LoadModule http2_module "${MODULES}/mod_http2.so"
</IfModule>
Protocols h2c http/1.1
SSRIsolates 1
SSRQueue 1000 60s
SSRTimeout 60s
SSREngine on
SSRBundle gated "${TOP}/bundles/test/gated.mjs"
SSRCache on
SSRCacheHeader cache-status
SSRCacheTTL 1h
<Location /gated>
    SSRCache off
</Location>
<Location /old>
    SSRCacheTTL 1ms
    SSRCacheStaleIfError 1h
</Location>
CONF
my $base = "http://127.0.0.1:$server->{port}";
my $most = 14; # of sixteen threads: docs/directives.md, SSRQueue

open my $file, '>', "$server->{documents}/file.txt" or die $!;
print {$file} "a file\n";
close $file or die $!;

sub renders { return scalar log_lines($server, qr/console: begins \Q$_[0]\E$/) }
sub h2 { my ($target) = @_; return scalar `curl -s --max-time 20 --http2-prior-knowledge -H 'Host: 127.0.0.1' -D - '$base$target'` }

my $kept = $server->get('/kept')->body;
my $old = $server->get('/old')->body;

# The clients leave, and their renders with them.
sub is_served_meanwhile {
    my ($name) = @_;
    for my $n (1 .. 3) {
        is $server->get('/kept')->body, $kept, "$name: a page from the cache, $n";
        is $server->get('/file.txt')->body, "a file\n", "$name: a file, $n";
        like h2('/kept'), qr/\nCache-Status: v8ssr; hit.*\Q$kept\E$/is, "$name: over HTTP/2 a page, $n";
        like h2('/file.txt'), qr/^HTTP\/2 200.*a file$/s, "$name: a file, $n";
    }
    my $r = $server->get("/more/$name");
    is $r->status, 503, "$name: one render more is refused";
    is $r->header('Retry-After'), 60, "$name: with a time to come back";
    like h2("/more/$name"), qr/^HTTP\/2 503.*\nRetry-After: 60/is, "$name: over HTTP/2, too";
    is $server->get('/old')->body, $old, "$name: where there is a stale page it is sent";
    return;
}

# One by one, until each runs: what ran before may count for a moment longer.
sub fill {
    my ($path, $start) = @_;
    my @held;
    for my $n (1 .. $most) {
        wait_for {
            push @held, $start->("$path/$n");
            wait_for { renders("$path/$n") } 1
        } or last;
    }
    is scalar(grep { renders("$path/$_") } 1 .. $most), $most, "$path: $most renders wait";
    return @held;
}

my @clients = fill('/gated/1', sub { $server->connect->send('GET', $_[0]) });
is_served_meanwhile('HTTP/1.1');
@clients = ();
ok wait_for { $server->get('/free/1')->status == 200 }, 'they are gone: served again';

my @pids = fill('/gated/2', sub {
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    { exec 'curl', '-s', '--http2-prior-knowledge', '-o', '/dev/null', "$base$_[0]" }
    POSIX::_exit(127);
});
is_served_meanwhile('HTTP/2');
kill TERM => @pids;
waitpid $_, 0 for @pids;
ok wait_for { $server->get('/free/2')->status == 200 }, 'they are gone, too';

done_testing;

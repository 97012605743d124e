# SPDX-License-Identifier: Apache-2.0
#
# Pages go to HTTP/2 clients from shared memory, and their pins come back, also
# when a client leaves in the middle of one.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use V8Test;

my $server = own_server(children => 1, limit => 1, threads => 16, config => <<'CONF');
<IfModule !http2_module>
    LoadModule http2_module "${MODULES}/mod_http2.so"
</IfModule>
Protocols h2c http/1.1
SSRIsolates 1
SSREngine on
SSRBundle keyed "${TOP}/bundles/test/keyed.js"
SSRCache on
SSRCacheTTL 1h
SSRCacheHeader cache-status
AddOutputFilterByType DEFLATE text/html
<Location />
    Require local
    SSRCachePurge on
</Location>
<Location /status>
    SetHandler v8ssr-status
</Location>
CONF

my $base = "http://127.0.0.1:$server->{port}";
sub curl { return `curl -s --max-time 20 @_` }
sub slurp { local (@ARGV, $/) = @_; return scalar <> }
sub is_right {
    my ($body, $target) = @_;
    my @lines = split /\n/, $body;
    return @lines > 2 && !grep { $_ ne $target } @lines;
}

like curl("-o /dev/null -w '%{http_version}' --http2-prior-knowledge '$base/a'"), qr/^2/, 'HTTP/2 is spoken';
for my $size (10, 1000, 20_000, 200_000) {
    my $target = "/h2?size=$size";
    my $page = $server->get($target)->body;
    ok is_right($page, $target), "$size lines: stored";
    my @files = map { "$server->{root}/page$_" } 1 .. 8;
    my @urls = map { "-o '$_' '$base$target'" } @files;
    curl("--no-progress-meter --http2-prior-knowledge --parallel --parallel-immediate @urls");
    is scalar(grep { slurp($_) eq $page } @files), 8, "$size lines: eight at once get it";
    like curl("--http2-prior-knowledge -D - -o /dev/null '$base$target'"), qr/^cache-status: v8ssr; hit/mi,
        "$size lines: as a hit";
    ok curl("--http2-prior-knowledge --compressed '$base$target'") eq $page, "$size lines: compressed";
    ok curl("--http2-prior-knowledge --compressed '$base$target'") eq $page, "$size lines: compressed, kept";
    my $part = curl("--http2-prior-knowledge -r 5-24 '$base$target'");
    is $part, substr($page, 5, 20), "$size lines: a range";
}

# Clients that leave while they read.
my $target = '/h2?size=200000';
my @clients = map { $server->connect->send('GET', $target) } 1 .. 8;
$_->{socket} && sysread $_->{socket}, my $some, 1000 for @clients;
@clients = ();
system "curl -s --max-time 20 --limit-rate 1k --http2-prior-knowledge -o /dev/null '$base$target' & "
    . 'client=$!; sleep 0.3; kill $client; wait $client 2>/dev/null';

sub zombies { return decode_json($server->get('/status?json')->body)->{cache}{zombies} }
is $server->request('PURGE', '/h2')->status, 200, 'a purge';
ok is_right($server->get($target)->body, $target), 'and a new page in its place';
ok wait_for { $server->get('/other?size=' . int rand 1e5); zombies() == 0 }, 'no page is pinned for good';

done_testing;

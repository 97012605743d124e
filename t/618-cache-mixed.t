# SPDX-License-Identifier: Apache-2.0
#
# Pages of all sizes in a memory that is too small for them, while some are
# purged, scripts change and httpd restarts: no page is another's.
#   V8TEST_REQUESTS=1000000 V8TEST_TIMEOUT=3600   so many (6000)
use strict;
use warnings;
use JSON::PP qw(decode_json);
use V8Test;
use V8Test::Keyed;

my $requests = $ENV{V8TEST_REQUESTS} || 6000;
my $clients = 6;
my $server = prepare_server(children => 2, limit => 4, threads => 16);

# Another script each time, with the same pages.
sub put_bundle {
    my ($version) = @_;
    open my $in, '<', "$server->{top}/bundles/test/keyed.js" or die $!;
    local $/;
    my $script = <$in> . "// version $version\n";
    open my $fh, '>', "$server->{root}/keyed.js.new" or die $!;
    print {$fh} $script;
    close $fh or die $!;
    chmod 0644, "$server->{root}/keyed.js.new";
    rename "$server->{root}/keyed.js.new", "$server->{root}/keyed.js" or die $!;
}
put_bundle(0);
$server->configure(<<"CONF");
SSRIsolates 1
SSRQueue 100 20s
SSRTimeout 20s
SSREngine on
SSRBundle keyed "$server->{root}/keyed.js"
SSRCache on
SSRCacheStore shm:4M
SSRCacheTTL 2s
SSRCacheSWR 1h
AddOutputFilterByType DEFLATE text/html
MaxKeepAliveRequests 0
<Location />
    Require local
    SSRCachePurge on
</Location>
<Location /status>
    SetHandler v8ssr-status
</Location>
CONF
$server->launch->wait_up or die 'no server';
sub figures { return decode_json($server->get('/status?json&validate')->body)->{cache} }

my $running = V8Test::Keyed::start($server, $clients, requests => int($requests / $clients), pages => 2000,
    lines => 1000, purges => 0.01);
my $reloads = 0;
until (V8Test::Keyed::is_over($running)) {
    put_bundle(++$reloads);
    $server->graceful or last;
    wait_for { V8Test::Keyed::is_over($running) } ($requests > 100_000 ? 5 : 1);
}
my %got = V8Test::Keyed::result($running);
is_deeply $got{wrong}, [], 'no page is wrong';
my $sum = $got{right} + $got{lost} + $got{purges};
is $sum, int($requests / $clients) * $clients, "of $sum requests";
cmp_ok $got{right}, '>', 0.97 * $requests, "$got{right} pages, $got{purges} purges, $got{lost} connections lost";
cmp_ok $reloads, '>', 0, "$reloads restarts, each with another script";
my $figures;
ok wait_for { $figures = eval { figures() } }, 'it serves';
cmp_ok $figures->{$_}, '>', 0, "$_: $figures->{$_}" for qw(hits stale misses refreshes evicted replaced purges);
is $figures->{valid}, 1, 'the store is whole';

done_testing;

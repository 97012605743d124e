# SPDX-License-Identifier: Apache-2.0
#
# Children are killed at random while they serve, store, purge and reload:
# every page is right, nothing hangs, the store stays whole.
#   V8TEST_SECONDS=120   for so long (10)
use strict;
use warnings;
use JSON::PP qw(decode_json);
use Time::HiRes qw(sleep time);
use V8Test;
use V8Test::Keyed;

my $seconds = $ENV{V8TEST_SECONDS} || 10;
my $server = own_server(children => 2, limit => 4, threads => 16, config => <<'CONF');
SSRIsolates 1
SSRQueue 100 20s
SSRTimeout 20s
SSREngine on
SSRBundle keyed "${TOP}/bundles/test/keyed.js"
SSRCache on
SSRCacheStore shm:4M
SSRCacheTTL 500ms
SSRCacheSWR 1h
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

my $until = time + $seconds;
my $clients = V8Test::Keyed::start($server, 6, seconds => $seconds);
my ($kills, $reloads) = (0, 0);
srand 1;
while (time < $until) {
    sleep 0.2;
    my @children = $server->children or next;
    $kills += kill 'KILL', $children[rand @children];
    if (rand() < 0.05) { kill 'USR1', $server->pid; $reloads++ }
}
my %got = V8Test::Keyed::result($clients);
is_deeply $got{wrong}, [], 'no page is wrong';
cmp_ok $kills, '>', $seconds, "children were killed ($kills, and $reloads reloads)";
cmp_ok $got{right}, '>', 50 * $seconds, "and pages served all the while ($got{right}, $got{lost} lost with their connection)";

# It is whole, and all memory is accounted for.
my $cache;
ok wait_for { $cache = eval { decode_json($server->get('/status?json&validate')->body)->{cache} } }, 'it serves';
ok $cache->{entries} > 0, "$cache->{entries} entries";
is $cache->{valid}, 1, 'the store is whole';
is $server->request('PURGE', '/page/*')->status, 200, 'and goes on';
my $target = '/page/1?size=10';
my $r = $server->get($target);
ok V8Test::Keyed::is_right($r->body, $target), 'a page';
ok wait_for { ($server->get($target)->header('Cache-Status') // '') =~ /hit/ }, 'is kept';

done_testing;

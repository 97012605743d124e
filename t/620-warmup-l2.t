# SPDX-License-Identifier: Apache-2.0
#
# SSRWarmup on several hosts: what one has put into memcached, others find there.
use strict;
use warnings;
use JSON::PP qw(decode_json);
use V8Test;
use V8Test::Memcached;

my $memcached = V8Test::Memcached->new;
my @urls = map { "/page/$_?kb=4" } 1 .. 5;
# Two hosts of one site.
my @hosts = map { prepare_server(children => 1, limit => 1, config => <<"CONF") } 1 .. 2;
SSRIsolates 1
SSREngine on
SSRBundle pages "\${TOP}/bundles/test/pages.js"
SSRCache on
SSRCacheTTL 1h
SSRCacheHeader cache-status
SSRCacheStore shm:16M memcached:@{[$memcached->address]}
SSRCacheL2Timeout 200ms
<Location /status>
    SetHandler v8ssr-status
    Require local
</Location>
AddOutputFilterByType BROTLI_COMPRESS;DEFLATE text/html
SSRWarmup @urls cache=only
CONF
sub fill {
    my ($host) = @_;
    $host->launch->wait_up;
    wait_for { log_lines($host, qr/V8SSR0090/) } or die 'not filled';
    return (log_lines($host, qr/V8SSR0090/))[0];
}

like fill($hosts[0]), qr/of 5 warm-up URLs 5 were rendered, 0 were there/, 'the first host renders';
ok wait_for { $memcached->says('stats') =~ /STAT curr_items (\d+)/ && $1 >= 15 },
    'and puts the pages into memcached, in three forms';
like fill($hosts[1]), qr/of 5 warm-up URLs 0 were rendered, 5 were there/, 'the second finds them';
is decode_json($hosts[1]->get('/status?json')->body)->{cache}{stored}, 0, 'and compresses none of them';
for my $url (@urls) {
    my @pages = map { $_->get($url) } @hosts;
    is $pages[1]->body, $pages[0]->body, "$url: one page on both";
    like $_->header('Cache-Status'), qr/^v8ssr; hit; ttl=\d+$/, "$url: out of its own memory" for @pages;
    my $br = $hosts[1]->get($url, 'Accept-Encoding' => 'br');
    is $br->header('Content-Encoding'), 'br', "$url: in brotli";
    like $br->header('Cache-Status'), qr/^v8ssr; hit; ttl=\d+$/, "$url: out of its own memory, too";
}

done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# `httpd -t` refuses every wrong value, with the directive's name and what was
# expected; and takes the right ones.
use strict;
use warnings;
use V8Test;

my $server = prepare_server();
my $bundle = 'SSRBundle shop "${TOP}/bundles/hostile/good.js"';
my $good = '"${TOP}/bundles/hostile/good.js"';
my $isolates = 'a number from 1 to 1024 was expected';
my $length = 'a number from 1 to 1000000 was expected';
my $requests = 'a number from 0 to 1000000000 was expected';
my $age = 'a time from 0 to 720h was expected';
my $time = 'a time from 1ms to 1h was expected';
my $heap = 'a size from 16M to 4G was expected';
my $response = 'a size from 1K to 1G was expected';
my $scope = 'bundle or request was expected';
my $fetch = 'off, local, allow:HOST or allow-private:HOST was expected';
my $host = 'a host name, *.NAME, *, or an IP address (v6 in brackets)';
my $level = 'debug, info, warn, error or off was expected';

my @manifests = (
    ['r-good.json', '{"version":1,"routes":[{"path":"/a","bundle":"shop","ttl":"5m"},{"path":"/b","cache":true},'
        . '{"path":"/c","ssr":false}]}'],
    ['r-list.json', '{"version":1,"include":["/*"],"exclude":["/a"]}'],
    ['r-empty', ''], ['r-cut.json', qq({"version":1,\n"routes":[)], ['r-latin.json', qq({"version":"\xfc"})],
    ['r-key.json', '{"version":1,"routes":[{"path":"/a"},{"path":"/b","TTL":1}]}'],
    ['r-time.json', '{"version":1,"routes":[{"path":"/a","ttl":"5 days"}]}'],
    ['r-twice.json', '{"version":1,"routes":[{"path":"/a/:x"},{"path":"/a/:y/"}]}'],
    ['r-many.json', '{"version":1,"routes":[' . join(',', map { qq({"path":"/$_"}) } 0 .. 10_000) . ']}'],
    ['r-large.json', '{"version":1,"routes":[]}' . ' ' x 4_194_304],
);
for my $row ([urls => "/a\nb\n"], [good => "# none\n/a\n"], [many => "/a\n" x 50_001], ["page.html" => "<!--app-html-->"], @manifests) {
    open my $fh, '>', "$server->{root}/$row->[0]" or die $!;
    print {$fh} $row->[1];
    close $fh or die $!;
}

# what is configured, the message: what httpd says itself, or ours after the
# directive's name
my @refused = (
    ['SSREngine maybe', 'SSREngine must be On or Off'],
    (map { ["SSRKeepAliveWait $_", 'SSRKeepAliveWait: a time from 1ms to 100ms was expected'] } qw(101ms 1s 1 never 0ms)),
    ['SSRCacheQuick maybe', 'SSRCacheQuick must be On or Off'],
    ["<Location /x>\nSSRCacheQuick on\n</Location>", 'SSRCacheQuick not allowed in <Location'],
    ['SSREngine', 'SSREngine must be On or Off'],
    ['SSREngine on',
        'SSREngine: on for 127.0.0.1, but no SSRBundle is defined'],
    ['SSRBundle', 'SSRBundle: a name and a path were expected'],
    ['SSRBundle shop', 'SSRBundle: a name and a path were expected'],
    ['SSRBundle a/b ${TOP}/bundles/hostile/good.js',
        'SSRBundle: "a/b": a name of 1 to 64 letters, digits, \'.\', \'_\' and \'-\' '
        . 'was expected'],
    ['SSRBundle "" ${TOP}/bundles/hostile/good.js',
        'SSRBundle: "": a name of 1 to 64 letters, digits,'],
    ['SSRBundle shop /no/such/file.js', 'SSRBundle: shop: cannot read '
        . '/no/such/file.js: No such file or directory'],
    ['SSRBundle shop no-such-file.js',
        "SSRBundle: shop: cannot read $server->{root}/no-such-file.js: No such"],
    ['SSRBundle shop "${TOP}"',
        "SSRBundle: shop: cannot read $server->{top}: not a regular file"],
    [qq{$bundle\n$bundle}, 'SSRBundle: shop is defined twice'],
    (map { ["$bundle $_", 'SSRBundle: shop: format=auto|esm|iife|cjs, entry=NAME, '
            . "self-test=/URL, sourcemap=auto|off or snapshot=on|off was expected, not \"$_\""] }
        qw(format=module format= snapshot=no entry= sourcemap=on sourcemap=)),
    ["$bundle entry=renderPage(post)", 'SSRBundle: shop: entry=renderPage(post): NAME, NAME(url), '
        . 'NAME(request) or NAME(request,env) was expected'],
    (map { ["$bundle\nSSRCanary $_",
            "SSRCanary: a bundle's name, a path and a percentage were expected"] }
        '', 'shop', "shop $good"),
    ["SSRCanary shop $good 5", 'SSRCanary: no SSRBundle is named "shop"'],
    ["$bundle\n<VirtualHost *>\n$bundle\n</VirtualHost>\n<VirtualHost *>\n"
        . "SSRCanary blog $good 5\n</VirtualHost>",
        'SSRCanary: no SSRBundle is named "blog"'],
    (map { ["$bundle\nSSRCanary $_ $good 5",
            "SSRCanary: \"$_\": the name of an SSRBundle was expected"] }
        'shop@canary', 'a/b'),
    ["$bundle\nSSRCanary shop $good 5\nSSRCanary shop $good 6",
        'SSRCanary: shop has two canaries'],
    (map { ["$bundle\nSSRCanary shop $good $_",
            "SSRCanary: shop: a percentage from 0 to 100 was expected, not \"$_\""] }
        qw(-1 101 100.001 5% 1.2345 1. .5 five 99999999999999999999)),
    (map { ["$bundle\nSSRCanary shop $good 5 $_", 'SSRCanary: shop: cookie=NAME, '
            . "header=NAME or rollback=RATE%[/WINDOW] was expected, not \"$_\""] }
        qw(cookie= cookie=a;b header= header=X:Y sticky=on on entry=other)),
    (map { ["$bundle\nSSRCanary shop $good 5 rollback=$_", 'SSRCanary: shop: '
            . 'rollback=RATE%, rollback=RATE%/WINDOW or rollback=off was expected'] }
        '', qw(5 on 5%60s)),
    (map { ["$bundle\nSSRCanary shop $good 5 rollback=$_%",
            "SSRCanary: shop: rollback: a percentage from 0 to 100 was expected, not \"$_\""] }
        '', qw(-1 101 much)),
    (map { ["$bundle\nSSRCanary shop $good 5 rollback=5%/$_",
            "SSRCanary: shop: rollback: a time from 1s to 1h was expected"] }
        '', qw(0 999ms 2h ever)),
    ["$bundle\nSSRCanary shop /no/such/file.js 5", 'SSRCanary: shop@canary: '
        . 'cannot read /no/such/file.js: No such file or directory'],
    ['SSRUse', 'SSRUse takes one argument'],
    ['SSRUse shop', 'SSRUse: no SSRBundle is named "shop"'],
    ["$bundle\nSSRUse Shop", 'SSRUse: no SSRBundle is named "Shop"'],
    ["$bundle\n<Location /x>\nSSRUse other\n</Location>",
        'SSRUse: no SSRBundle is named "other"'],
    ["<VirtualHost *>\n$bundle\n</VirtualHost>\n<VirtualHost *>\nSSRUse shop\n"
        . '</VirtualHost>', 'SSRUse: no SSRBundle is named "shop"'],
    ["$bundle\nSSRMap shop shop",
        'SSRMap: "shop": a URL prefix that starts with / was expected'],
    ["$bundle\nSSRMap /", 'SSRMap takes two arguments'],
    ["$bundle\nSSRMap / shop more", 'SSRMap takes two arguments'],
    ["$bundle\nSSRMap / other", 'SSRMap: no SSRBundle is named "other"'],
    ['SSRManifest', 'SSRManifest takes one argument'],
    ['SSRManifest no-such.json', "SSRManifest: cannot read $server->{root}/no-such.json: No such file"],
    ['SSRManifest htdocs', "SSRManifest: cannot read $server->{root}/htdocs: not a regular file (line"],
    (map { ["$bundle\nSSRManifest $_->[0]", "SSRManifest: $server->{root}/$_->[0]$_->[1]"] }
        ['r-empty', q<:1:0: JSON was expected: '[' or '{' expected near end of file (line>],
        ['r-cut.json', q<:2:10: JSON was expected: ']' expected near end of file (line>],
        ['r-latin.json', ':1:12: JSON was expected: unable to decode byte 0xfc'],
        ['r-key.json', ': routes[1]: path, bundle, ttl, swr, staleIfError, tags, streaming, cache or ssr was '
            . 'expected, not "TTL" (line'],
        ['r-time.json', ': routes[0].ttl: a time from 0 to 8760h was expected, not "5 days" (line'],
        ['r-twice.json', ': routes[1].path: another path than that of routes[0] was expected: "/a/:y/" and "/a/:x" '
            . 'are the same URLs (line'],
        ['r-many.json', ': routes: at most 10000 routes were expected (line'],
        ['r-large.json', ': at most 4M were expected (line']),
    ['SSRManifest r-good.json', "SSRManifest: $server->{root}/r-good.json: routes[0].bundle: no SSRBundle is named "
        . '"shop" (line'],
    ["<VirtualHost *>\n$bundle\n</VirtualHost>\n<VirtualHost *>\nSSRManifest r-good.json\n</VirtualHost>",
        "SSRManifest: $server->{root}/r-good.json: routes[0].bundle: no SSRBundle is named"],
    ["$bundle\nSSRManifest r-good.json\nSSRWarmup /c?d", qq{SSRWarmup: "/c?d" is left to httpd by SSRManifest }
        . "$server->{root}/r-good.json (line"],
    ["$bundle\nSSRWarmup", 'SSRWarmup: a URL was expected'],
    ["$bundle\nSSRWarmup concurrency=2", 'SSRWarmup: a URL was expected'],
    (map { ["$bundle\nSSRWarmup / $_", qq{SSRWarmup: "$_": a URL that starts with /, }
        . 'file:PATH, sitemap:PATH, cache=only, concurrency=N or bundle=NAME was expected'] }
        qw(shop urls=2 bundle= bundle=a/b cache=on cache=)),
    (map { ["$bundle\nSSRWarmup / concurrency=$_", "SSRWarmup: concurrency=: $isolates"] }
        qw(0 1025 many)),
    ["$bundle\nSSRWarmup file:", 'SSRWarmup: file: a path was expected after it'],
    ["$bundle\nSSRWarmup sitemap:", 'SSRWarmup: sitemap: a path was expected after it'],
    ["$bundle\nSSRWarmup /x cache=only", 'SSRWarmup: "/x" is for the cache only, but SSRCache is on nowhere in this '
        . 'server (line'],
    ["$bundle\nSSRCache off\nSSRWarmup sitemap:map.xml", qq{SSRWarmup: "$server->{root}/map.xml" is for the cache only, }
        . 'but SSRCache is on nowhere in this server (line'],
    ["SSRCache on\nSSRWarmup cache=only", 'SSRWarmup: a URL was expected'],
    ["$bundle\nSSRWarmup file:no-such", "SSRWarmup: cannot read $server->{root}/no-such: No such"],
    ["$bundle\nSSRWarmup file:many", "SSRWarmup: line 50001 of $server->{root}/many: at most 50000 URLs were expected"],
    ["$bundle\nSSRWarmup file:urls", "SSRWarmup: line 2 of $server->{root}/urls: a URL that "
        . 'starts with / was expected'],
    ["$bundle\nSSRWarmup / bundle=other", 'SSRWarmup: no SSRBundle is named "other"'],
    ['SSRWarmup /x', 'SSRWarmup: which bundle renders "/x" is not said: bundle=NAME, SSRMap '
        . 'or a single SSRBundle was expected (line'],
    (map { ["SSRReload $_", 'SSRReload: manual, or stat and a time, was expected'] }
        'auto', 'manual 1s', '1s'),
    (map { ["SSRReload stat $_", 'SSRReload: a time from 100ms to 1h was expected'] }
        qw(0 99ms 2h soon)),
    (map { ["SSRIsolates $_", "SSRIsolates: $isolates"] }
        qw(0 -1 1025 two 2x 1.5 99999999999999999999)),
    ['SSRIsolates', 'SSRIsolates takes one argument'],
    (map { ["SSRIsolateConcurrency $_", 'SSRIsolateConcurrency: a number from 1 to 1024 was expected'] }
        qw(0 -1 1025 many)),
    (map { ["SSRIsolateMaxRequests $_", "SSRIsolateMaxRequests: $requests"] }
        qw(-1 1000000001 never 10k 1.5 99999999999999999999)),
    (map { ["SSRIsolateMaxAge $_", "SSRIsolateMaxAge: $age"] }
        qw(-1 never 721h 1d 1.5h 99999999999999999999)),
    ['SSRPinThreads 1', 'SSRPinThreads must be On or Off'],
    (map { ["SSRQueue $_", "SSRQueue: $length"] } qw(0 -1 1000001 many 10q)),
    (map { ["SSRQueue 10 $_", "SSRQueue: $time"] }
        qw(0 0ms -1 soon 61m 2h 10x 5sec0)),
    ['SSRQueue', 'SSRQueue takes 1-2 arguments'],
    ['SSRQueue 1 2 3', 'SSRQueue takes 1-2 arguments'],
    (map { ["SSRHeapLimit $_", "SSRHeapLimit: $heap"] }
        qw(0 1024 15M 5G -64M 64MB 64Q M 99999999999999999999 9999999999G)),
    (map { ["SSRTimeout $_", "SSRTimeout: $time"] }
        qw(0 0s -1 never 3601 61m 10q 1y 1.5s 99999999999999999999s)),
    (map { ["SSRCPUTimeLimit $_", 'SSRCPUTimeLimit: off, or a time from 1ms to 1h was expected'] }
        qw(0 -1 never 61m 1.5s)),
    (map { ["SSRStuckGrace $_", 'SSRStuckGrace: off, or a time from 100ms to 1h was expected'] }
        qw(0 99ms 2h on)),
    (map { ["SSRPoison $_", 'SSRPoison: off, or a number and two times, was expected'] }
        '3', '3 60s', 'off 60s'),
    (map { ["SSRPoison $_ 60s 5m", 'SSRPoison: a number from 1 to 16 was expected'] } qw(0 17 off many)),
    (map { ["SSRPoison 3 $_ 5m", 'SSRPoison: a time from 1s to 1h was expected'] } qw(0 500ms 2h)),
    (map { ["SSRPoison 3 60s $_", 'SSRPoison: a time from 1s to 24h was expected'] } qw(0 500ms 25h)),
    (map { ["SSRMemoryLimit $_", 'SSRMemoryLimit: off, or a size from 64M to 1024G was expected'] }
        qw(0 63M 1025G on)),
    (map { ["SSRArrayBufferLimit $_", 'SSRArrayBufferLimit: a size from 1M to 4G was expected'] }
        qw(0 1023K 5G off 64MB)),
    (map { ["SSRMaxRequestBody $_", 'SSRMaxRequestBody: a size from 0 to 1G was expected'] } qw(-1 2G much)),
    (map { ["SSRStreaming $_", 'SSRStreaming: auto, on or off was expected'] } qw(yes shell)),
    (map { ["SSRFlush $_", 'SSRFlush: shell, chunk or none was expected'] } qw(on all)),
    (map { ["SSRTemplate $_", 'SSRTemplate takes one argument'] } '', 'none none'),
    ['SSRTemplate no-such.html', "SSRTemplate: $server->{root}/no-such.html: it cannot be read: No such file or directory (line "],
    ['<Location /x>
SSRTemplate "${TOP}"
</Location>',
        "SSRTemplate: $server->{top}: it cannot be read: a regular file was expected (line "],
    ["SSRTemplate $server->{root}/urls", "SSRTemplate: $server->{root}/urls: <!--app-html--> (or <!--ssr-outlet-->) "
        . 'was expected where the page goes (line '],
    (map { ["SSRMaxResponse $_", "SSRMaxResponse: $response"] }
        qw(0 1023 2G -1 big 1KB 16X)),
    (map { ["SSRScope $_", "SSRScope: $scope"] } qw(isolate requests on 1)),
    ['SSRScope', 'SSRScope takes one argument'],
    ['SSRScope bundle request', 'SSRScope takes one argument'],
    (map { ["SSREnv $_", 'SSREnv: a name and a value were expected'] }
        '', 'NAME', 'NAME value more'),
    ['SSREnv 1NAME value',
        q{SSREnv: "1NAME": a name of letters, digits and '_', no digit first, was expected}],
    ['SSREnv MY-NAME value',
        q{SSREnv: "MY-NAME": a name of letters, digits and '_', no digit first, was expected}],
    (map { ["SSRLogConsole $_", "SSRLogConsole: $level"] }
        qw(all warning trace 3)),
    ['SSRAllowEval maybe', 'SSRAllowEval must be On or Off'],
    ['SSRFreezeIntrinsics maybe', 'SSRFreezeIntrinsics must be On or Off'],
    ['SSRPassAuthorization maybe', 'SSRPassAuthorization must be On or Off'],
    (map { ["<Location /x>\n$_ on\n</Location>", "$_ not allowed in <Location"] } qw(SSRAllowEval SSRFreezeIntrinsics)),
    (map { ["SSRHideHeaders $_", 'SSRHideHeaders: names of header fields, which may end with *, or none, were expected'] }
        '', '*', 'X-A none', 'X-*-A', '"X A"', 'X-A:', '""'),
    # the cache
    ['SSRCache maybe', 'SSRCache must be On or Off'],
    ['SSRCachePurge yes', 'SSRCachePurge must be On or Off'],
    (map { my $name = $_; map { ["$name $_", "$name: a time from 0 to 8760h was expected"] }
        qw(-1 never 8761h 1d 1.5h 99999999999999999999) }
        qw(SSRCacheTTL SSRCacheSWR SSRCacheStaleIfError)),
    ['SSRCacheTTL', 'SSRCacheTTL takes one argument'],
    (map { ["SSRCacheErrorBackoff $_", "SSRCacheErrorBackoff: $time"] }
        '0', '-1', '2h', 'soon', '0 1s'),
    ['SSRCacheErrorBackoff 10s 9s', 'SSRCacheErrorBackoff: a time from 10s to 24h was expected'],
    ['SSRCacheErrorBackoff 1s 25h', 'SSRCacheErrorBackoff: a time from 1s to 24h was expected'],
    ['SSRCacheErrorBackoff', 'SSRCacheErrorBackoff takes 1-2 arguments'],
    (map { ["SSRCacheKey path $_", 'SSRCacheKey: host, path, query, header:NAME or cookie:NAME '
            . "was expected, not \"$_\""] }
        qw(url header header: cookie: header:X:Y cookie:a=b cookie:a;b method), 'header:a,b'),
    (map { ["SSRCacheKey $_", 'SSRCacheKey: path was expected among the parts: pages of all URLs '
            . 'would be the same one'] } '', 'host query', 'header:X'),
    ['SSRCacheIgnoreQuery',
        'SSRCacheIgnoreQuery: names of query parameters, or none, were expected'],
    ['SSRCacheHeader on', 'SSRCacheHeader: off, cache-status or x-cache was expected, not "on"'],
    ['SSRCacheHeader', 'SSRCacheHeader takes one argument'],
    (map { ["SSRCacheRecompress $_", 'SSRCacheRecompress: off, or br=LEVEL, gzip=LEVEL and after=HITS, was expected, not "'
        . (split)[-1] . '"'] } 'on', 'br=11 off', 'br=11 zstd=3', 'off off'),
    (map { ["SSRCacheRecompress $_", 'SSRCacheRecompress: off, br=LEVEL or gzip=LEVEL was expected'] } '', 'after=3'),
    (map { ["SSRCacheRecompress br=$_", 'SSRCacheRecompress: br=: a number from 1 to 11 was expected'] } qw(0 12 high)),
    (map { ["SSRCacheRecompress gzip=$_", 'SSRCacheRecompress: gzip=: a number from 1 to 9 was expected'] } 0, 10, ''),
    (map { ["SSRCacheRecompress br=9 after=$_", 'SSRCacheRecompress: after=: a number from 1 to 1000000 was expected'] }
        qw(0 1000001)),
    (map { ["SSRCacheStore $_", 'SSRCacheStore: shm:SIZE [memcached:HOST:PORT [ttl=TIME]] was expected'] }
        '', '64M', 'file:/x', 'shm', 'memcached:h:1', 'shm:64M memcached:h:1 ttl=1s more'),
    (map { ["SSRCacheStore shm:64M $_", "SSRCacheStore: memcached:HOST:PORT was expected, not \"$_\""] }
        'more', 'ttl=1s', 'redis:h:1', 'h:1'),
    (map { ["SSRCacheStore shm:64M memcached:$_", 'SSRCacheStore: memcached: host:port expected'] }
        '', 'h', '/x', 'h:1,', '::1:11211', '[h]:1'),
    (map { ["SSRCacheStore shm:64M memcached:$_", 'SSRCacheStore: memcached: a port of 1..65535 expected in'] }
        'h:', 'h:0', 'h:65536', 'h:x', 'h:1,g:y'),
    ['SSRCacheStore shm:64M memcached:h:1,h:1', 'SSRCacheStore: memcached: each server once expected'],
    ['SSRCacheStore shm:64M memcached:' . join(',', map { "h:$_" } 1 .. 33),
        'SSRCacheStore: memcached: at most 32 servers expected'],
    (map { ["SSRCacheStore shm:64M memcached:h:1 $_", "SSRCacheStore: ttl=TIME was expected, not \"$_\""] }
        qw(1h ttl g:1)),
    (map { ["SSRCacheStore shm:64M memcached:h:1 ttl=$_", 'SSRCacheStore: ttl=: a time from 1s to 696h was expected'] }
        '', qw(0 999ms 697h ever)),
    (map { ["SSRCacheL2Timeout $_", 'SSRCacheL2Timeout: a time from 1ms to 1s was expected'] }
        qw(0 -1 1001ms 2s soon)),
    ['SSRCacheL2Timeout', 'SSRCacheL2Timeout takes one argument'],
    (map { ["SSRCacheL2Breaker $_", 'SSRCacheL2Breaker: a number from 1 to 255 was expected'] }
        '0 1s', '256 1s', '-1 1s', 'few 1s', '10s 5'),
    (map { ["SSRCacheL2Breaker 5 $_", 'SSRCacheL2Breaker: a time from 100ms to 1h was expected'] }
        qw(0 99ms 2h ever)),
    (map { ["SSRCacheL2Breaker$_", 'SSRCacheL2Breaker takes two arguments'] } '', ' 5', ' 5 1s 1s'),
    (map { ["SSRCacheStore shm:$_", 'SSRCacheStore: a size from 4M to 1024G was expected'] }
        '', qw(0 3M 4095K 1025G 64MB -4M much)),
    ['SSRCacheLock maybe', 'SSRCacheLock: on or off was expected, not "maybe"'],
    (map { ["SSRCacheLock on $_", "SSRCacheLock: wait=TIME was expected, not \"$_\""] }
        qw(2s wait 2s=wait)),
    (map { ["SSRCacheLock on wait=$_", 'SSRCacheLock: wait=: a time from 1ms to 60s was expected'] }
        '', qw(0 61s 2m long)),
    ['SSRCacheLock', 'SSRCacheLock takes 1-2 arguments'],
    (map { ["SSRCacheRevalidateMax $_", 'SSRCacheRevalidateMax: a number from 1 to 64 was expected'] }
        qw(0 -1 65 all)),
    (map { ["<VirtualHost *>\n$_\n</VirtualHost>",
            /^(\w+)/ && "$1 cannot occur within <VirtualHost> section"] }
        'SSRIsolates 2', 'SSRPinThreads on', 'SSRQueue 10', 'SSRHeapLimit 64M',
        'SSRArrayBufferLimit 64M', 'SSRMemoryLimit 1G', 'SSRStuckGrace 1s', 'SSRPoison off',
        'SSRLoadTimeout 1s', 'SSRHelper /x', 'SSRReload stat', 'SSRImageDir /x',
        'SSRIsolateConcurrency 2', 'SSRIsolateMaxRequests 1', 'SSRIsolateMaxAge 1h', 'SSRCacheStore shm:64M',
        'SSRCacheLock off', 'SSRCacheRevalidateMax 3', 'SSRCacheL2Timeout 20ms',
        'SSRCacheL2Breaker 5 10s'),
    (map { ["<Location /x>\n$_\n</Location>", "$1 not allowed"] if /^(\w+)/ }
        $bundle, "SSRCanary shop $good 5", 'SSRMap / shop', 'SSRManifest none', 'SSRWarmup /', 'SSRIsolates 2',
        'SSRPinThreads on',
        'SSRQueue 10', 'SSRHeapLimit 64M', 'SSRLoadTimeout 1s', 'SSRHelper /x',
        'SSRArrayBufferLimit 64M', 'SSRStuckGrace 1s',
        'SSRIsolateConcurrency 2', 'SSRIsolateMaxRequests 1', 'SSRIsolateMaxAge 1h', 'SSRCacheStore shm:64M',
        'SSRCacheLock off', 'SSRCacheRevalidateMax 3', 'SSRCacheL2Timeout 20ms',
        'SSRCacheL2Breaker 5 10s'),
    (map { ["SSRLoadTimeout $_", 'SSRLoadTimeout: a time from 1ms to 1h was expected'] }
        qw(0 2h never)),
    (map { ["SSRBreaker $_", 'SSRBreaker: off, or a number and two times, was expected'] }
        '3', '3 60s', 'off 60s'),
    (map { ["SSRBreaker $_ 60s 5m", 'SSRBreaker: a number from 1 to 100 was expected'] } qw(0 101 off many)),
    (map { ["SSRBreaker 3 $_ 5m", 'SSRBreaker: a time from 1s to 1h was expected'] } qw(0 500ms 2h)),
    (map { ["SSRBreaker 3 60s $_", 'SSRBreaker: a time from 1s to 1h was expected'] } qw(0 500ms 2h)),
    (map { [$_, 'SSRFallback: stale, shell:/URL or errordocument was expected'] } 'SSRFallback', 'SSRFallback after=1s'),
    (map { ["SSRFallback $_", "SSRFallback: stale, shell:/URL, errordocument or after=TIME was expected, not \"$_\""] }
        qw(none shell shell: shell:index.html after)),
    (map { ["SSRFallback $_ $_", 'SSRFallback: ' . (split /:/)[0] . ' is named twice'] } qw(stale shell:/a errordocument)),
    ['SSRFallback errordocument stale', 'SSRFallback: errordocument was expected last: it is always there'],
    (map { ["SSRFallback stale after=$_", "SSRFallback: after=: $time"] } qw(0 2h never), '""'),
    ['SSRFallback errordocument after=1s', 'SSRFallback: after=: stale or shell:/URL was expected with it'],
    ['SSRFetch', "SSRFetch: $fetch"],
    (map { ["SSRFetch $_", qq{SSRFetch: $fetch, not "} . (split)[-1] . '"'] }
        qw(on any example.com allow deny:x), 'local off', 'local allow:a.example none'),
    ['SSRFetch off local', qq{SSRFetch: $fetch, not "off"}],
    (map { ["SSRFetch local allow:$_", qq{SSRFetch: "$_": $host was expected}] }
        qw(http://a.example a.example/ a.example: a.example:0 a.example:65536 a.example:x a..example
        .example *.*.example *example a*.example *. 10.0.0 10.0.0.256 example.1 ::1 ::1:80 [::1 [10.0.0.1]
        [a.example] [::1]x a:1:2), 'x' x 64),
    ['SSRFetch allow-private:', "SSRFetch: \"\": $host was expected"],
    (map { ["SSRFetchTimeout $_", "SSRFetchTimeout: $time"] } qw(0 0ms 2h never -1)),
    (map { ["SSRMaxSubrequests $_", 'SSRMaxSubrequests: a number from 1 to 10000 was expected'] }
        qw(0 10001 many -1)),
    (map { ["SSRFetchBreaker $_", 'SSRFetchBreaker: off, or a number and a time, was expected'] } qw(5 on)),
    (map { ["SSRFetchBreaker $_ 10s", 'SSRFetchBreaker: a number from 1 to 255 was expected'] } qw(0 256 off)),
    (map { ["SSRFetchBreaker 5 $_", 'SSRFetchBreaker: a time from 100ms to 1h was expected'] } qw(0 99ms 2h)),
);
for my $row (@refused) {
    my ($text, $message) = @$row;
    $server->configure($text);
    my ($status, $output) = $server->configtest;
    (my $name = $text) =~ s/\n/; /g;
    is $status, 1, "$name: refused";
    like $output, qr/^\Q$message\E/m, "$name: message";
}
# The line is named, by httpd for a directive and by us for the rest.
$server->configure("\n\nSSRTimeout never");
like +($server->configtest)[1], qr/Syntax error on line \d+ of \Q$server->{conf}/,
    'the line of a wrong value';
$server->configure("$bundle\nSSRUse other");
like +($server->configtest)[1], qr/\(line \d+ of \Q$server->{conf}\E\)/,
    'the line of an unknown bundle';

my @taken = (
    '', $bundle, 'SSRBundle shop "${TOP}/bundles/hostile/no-entry.js" '
        . 'entry=renderSomething', "$bundle\nSSREngine on",
    "$bundle\nSSRUse shop", "$bundle\nSSRMap / shop\nSSRMap /a/b shop",
    (map { "$bundle\nSSRCanary shop $good $_" } 0, 100, 0.5, 99.999, '5 cookie=c',
        '5 header=X-C', '5 rollback=off', '5 cookie=c header=X-C rollback=0.5%/5m',
        '5 rollback=10%'),
    'SSRManifest none', "SSRManifest r-good.json\n$bundle", "SSRManifest r-list.json", # before the bundle
    "$bundle\nSSRManifest r-good.json\nSSRWarmup /a cache=only", # a route turns the cache on
    "$bundle\n<VirtualHost *>\nSSRManifest r-good.json\n</VirtualHost>",
    "SSRManifest no-such.json\nSSRManifest None", # the last one counts
    "SSRCanary shop $good 5\n$bundle", # before the bundle
    "$bundle\n<VirtualHost *>\nSSRCanary shop $good 5\n</VirtualHost>",
    "$bundle\nSSRCanary shop $good 5\nSSRUse shop\@canary",
    'SSRBundle a.B_c-1 "${TOP}/bundles/hostile/good.js"',
    (map { "$bundle format=$_" } qw(auto esm iife cjs)),
    (map { "$bundle sourcemap=$_" } qw(auto off)),
    (map { ("$_ on", "$_ off", "<VirtualHost *>\n$_ on\n</VirtualHost>") } qw(SSRAllowEval SSRFreezeIntrinsics)),
    "<Location /x>\nSSRPassAuthorization on\nSSRHideHeaders X-Secret x-internal-*\n</Location>", 'SSRHideHeaders none',
    "$bundle entry=renderPage(request) format=iife",
    "$bundle\n<VirtualHost *>\n$bundle\nSSREngine on\nSSRUse shop\n"
        . "</VirtualHost>",
    # the use may come before the definition
    "SSRUse shop\n$bundle",
    (map { "SSRIsolates $_" } 1, 1024),
    (map { "SSRIsolateConcurrency $_" } 1, 1024),
    (map { "SSRIsolateMaxRequests $_" } 0, 1, 1000000000),
    (map { "SSRIsolateMaxAge $_" } qw(0 0s 1ms 90 6h 720h)),
    'SSRPinThreads on', 'SSRQueue 1', 'SSRQueue 1000000 1ms',
    (map { "SSRQueue 10 $_" } qw(1 500ms 2s 1h)),
    (map { "SSRHeapLimit $_" } qw(16M 64m 1G 4G 67108864 65536K)),
    (map { "SSRTimeout $_" } qw(1 1ms 500ms 2s 5m 60m 5min 1h 3600)),
    (map { "SSRCPUTimeLimit $_" } qw(off Off 1ms 300ms 1h)),
    (map { "SSRStuckGrace $_" } qw(off 100ms 2s 1h)),
    (map { "SSRPoison $_" } 'off', '1 1s 1s', '16 1h 24h'),
    (map { "SSRMemoryLimit $_" } qw(off 64M 2g 1024G)),
    (map { "SSRArrayBufferLimit $_" } qw(1M 64m 4G)),
    (map { "$bundle snapshot=$_" } qw(on off)), 'SSRImageDir /no/such/dir',
    (map { "SSRReload $_" } qw(manual stat Stat), 'stat 100ms', 'stat 1h'),
    (map { "SSRLoadTimeout $_" } qw(1ms 2s)), 'SSRHelper "${TOP}/lib/v8ssr"',
    (map { "$bundle\nSSRWarmup $_" } '/', '/a /b?c concurrency=1024 bundle=shop',
        'file:good', 'concurrency=1 /', "/ cache=only\nSSRCache on", "sitemap:no-such\nSSRCache on",
        "sitemap:a.xml / cache=only\n<Location /x>\nSSRCache on\n</Location>"),
    (map { "SSRScope $_" } qw(bundle request Request)), 'SSRCacheQuick on',
    (map { "SSRKeepAliveWait $_" } qw(0 1ms 100ms)),
    (map { "SSRMaxRequestBody $_" } qw(0 1 1M 1G)),
    (map { "SSRStreaming $_" } qw(auto on off)),
    (map { "SSRFlush $_" } qw(shell chunk none)),
    (map { "SSRTemplate $_" } qw(none None page.html), "$server->{root}/page.html"),
    (map { "SSRMaxResponse $_" } qw(1K 1024 16M 1G)),
    'SSREnv _name1 "some value"', 'SSREnv NAME ""',
    (map { "SSRLogConsole $_" } qw(debug info warn error off Warn)),
    (map { my $name = $_; map { "$name $_" } qw(0 0s 1ms 90 5m 8760h) }
        qw(SSRCacheTTL SSRCacheSWR SSRCacheStaleIfError)),
    (map { "SSRCacheErrorBackoff $_" } '1ms', '1h', '3s 30s', '2s 2s', '1h 24h',
        "2m 1h\nSSRCacheErrorBackoff 1s"),
    (map { "SSRCacheKey $_" } 'path', 'host path query', 'HOST Path Query', 'path cookie:a[b]',
        'host path query header:X-A header:X-B cookie:a cookie:b'),
    (map { "SSRCacheIgnoreQuery $_" } 'none', 'None', 'ref_* f?', 'none other'),
    (map { "SSRBreaker $_" } 'off', 'Off', '1 1s 1s', '100 1h 1h'),
    (map { "SSRFallback $_" } qw(stale Shell:/x errordocument), 'stale shell:/index.html errordocument after=1ms',
        'shell:/ stale', 'after=1h stale', 'Stale ErrorDocument After=5s'),
    (map { "SSRFetch $_" } qw(off local OFF allow:* allow:*.example.com allow:*:* allow:127.0.0.1
        allow:[::1] allow:[2001:db8::1]:8080 allow:A_b-1.example:65535 allow-private:db:5432),
        'local allow:a.example ALLOW-private:b.example:* allow:a.example:1'),
    (map { "SSRFetchTimeout $_" } qw(1ms 2s 1h)), (map { "SSRMaxSubrequests $_" } 1, 10000),
    (map { "SSRFetchBreaker $_" } 'off', '1 100ms', '255 1h'),
    (map { "SSRCacheHeader $_" } qw(off cache-status x-cache X-Cache)),
    (map { "SSRCacheRecompress $_" } 'off', 'Off', 'br=1', 'br=11 gzip=9', 'gzip=1 after=1000000', 'after=1 BR=4',
        "br=11\n<Location /x>\nSSRCacheRecompress off\n</Location>"),
    (map { "SSRCacheStore $_" } qw(shm:4M shm:4096k SHM:1G shm:1024G)),
    (map { "SSRCacheStore shm:64M memcached:$_" } 'localhost:11211', '192.0.2.1:1', '[2001:db8::1]:65535',
        'a:1,a:2,b-c.d:1', 'h:1 ttl=1s', 'h:1 ttl=696h', 'h:1 TTL=5m', 'no.such.host.invalid:11211'),
    'SSRCacheStore shm:64M Memcached:h:1',
    (map { "SSRCacheL2Timeout $_" } qw(1ms 20ms 1s)),
    (map { "SSRCacheL2Breaker $_" } '1 100ms', '255 1h'),
    (map { "SSRCacheLock $_" } 'on', 'off', 'On wait=1ms', 'on wait=60s', 'on wait=1m'),
    (map { "SSRCacheRevalidateMax $_" } 1, 64),
    "<Location /x>\nSSRCache on\nSSRCachePurge on\nSSRCacheTTL 1m\nSSRCacheSWR 1m\n"
        . "SSRCacheStaleIfError 1h\nSSRCacheErrorBackoff 1s\nSSRCacheKey path\n"
        . "SSRCacheIgnoreQuery none\nSSRCacheHeader x-cache\n</Location>",
    "<VirtualHost *>\nSSRCache on\nSSRCachePurge off\n</VirtualHost>",
    "<Location /x>\nSSREngine off\nSSRTimeout 1\nSSRMaxResponse 1M\nSSRScope request\n"
        . "SSREnv A b\nSSRLogConsole off\n</Location>",
);
for my $text (@taken) {
    $server->configure($text);
    my ($status, $output) = $server->configtest;
    (my $name = $text) =~ s/\n/; /g;
    is $status, 0, "$name: taken" or diag $output;
}

done_testing;

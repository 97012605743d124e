# SPDX-License-Identifier: Apache-2.0
#
# SSRScope request: nothing that a render leaves behind reaches the next one in
# the same isolate.  Under SSRScope bundle it does: so the bundle, which looks
# for all of it (t/bundles/leaks.js), would see it.
use strict;
use warnings;
use V8Test;

expect_log(qw(V8SSR0005 V8SSR0006 V8SSR0008 V8SSR0009 V8SSR0017));

my $server = prepare_server(children => 1, limit => 1, config => <<'CONF');
Define LEAKS "${TOP}/bundles/test/leaks.js"
SSRIsolates 1
SSRHeapLimit 64M
SSRTimeout 20s
SSREngine on
SSRBundle image ${LEAKS}
SSRBundle script ${LEAKS} snapshot=off
SSRBundle warm ${LEAKS}
SSRMap /image image
SSRMap /script script
SSRMap /warm warm
<LocationMatch "^/\w+/fresh/">
    SSRScope request
</LocationMatch>
<LocationMatch "/(loop|chain)$">
    SSRTimeout 200ms
</LocationMatch>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName plain.test
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName canary.test
    SSRScope request
    SSRBundle shop ${LEAKS}
    SSRCanary shop ${LEAKS} 0 header=X-Canary
    SSRUse shop
    <Location /kept>
        SSRScope bundle
    </Location>
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName warm.test
    SSRScope request
    SSRWarmup /leave/module bundle=warm
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName warm-kept.test
    SSRWarmup /leave/global bundle=warm
</VirtualHost>
CONF

$server->launch->wait_up or die $server->log_text;

sub body {
    my ($path, @headers) = @_;
    my $r = $server->get($path, @headers);
    return $r->status == 200 ? $r->body : $r->status;
}

# Two lines of the configuration, and one isolate for both.
for my $bundle (qw(image script)) {
    my ($fresh, $kept) = ("/$bundle/fresh", "/$bundle/kept");
    my @kinds = split ' ', body("$fresh/kinds");
    cmp_ok scalar @kinds, '>', 10, "$bundle: kinds of what can be left";
    my @left;
    for my $kind (@kinds) {
        is body("$fresh/leave/$kind"), $kind, "$bundle, request: $kind is left, alone";
        is body("$fresh/look"), '', "$bundle, request: it is gone";
        is body("$kept/look"), "@left", "$bundle, bundle: nor is it there";
        push @left, $kind;
        is body("$kept/leave/$kind"), "@left", "$bundle, bundle: $kind is left";
        is body("$kept/look"), "@left", "$bundle, bundle: it stays";
        is body("$fresh/look"), '', "$bundle, request: not there";
    }
    is body("$fresh/leave/promise"), 'promise', "$bundle, request: a promise is left pending";
    is body("$fresh/go"), 'nothing', "$bundle, request: it never goes on";
    is body("$kept/go"), 'went on', "$bundle, bundle: it does";
    is body("$fresh/hang"), 500, "$bundle, request: a thenable never settles";
    is body("$fresh/settle"), 'nothing', "$bundle, request: and nobody settles it later";
    is body("$fresh/count"), 1, "$bundle, request: counts from the beginning" for 1 .. 3;
    is body("$kept/count"), $_, "$bundle, bundle: counts on" for 1 .. 3;
    isnt body("$kept/born"), '', "$bundle, bundle: born";
    is body("$fresh/born") eq body("$fresh/born"), $bundle eq 'image',
        "$bundle, request: the script is evaluated "
        . ($bundle eq 'image' ? 'once, for the image' : 'for each render');
}
my @unhandled = log_lines($server, qr/V8SSR0005: bundle \w+: console: unhandled rejection/);
is scalar @unhandled, 4, 'a rejection is reported once, by the render that left it';

# --- failures -----------------------------------------------------------------

is body('/image/kept/count'), 4, 'a count in the context that stays';
for my $n (1 .. 3) {
    is body('/image/fresh/loop'), 503, "loop $n: 503";
    is body('/image/fresh/look'), '', "loop $n: the next one";
    is body('/image/fresh/throw'), 500, "error $n: 500";
    is body('/image/fresh/count'), 1, "error $n: the next one";
}
is body('/image/kept/count'), 5, 'the context that stays has lost nothing';
# Last: collecting what it leaves may take so long that the isolate is replaced.
for my $n (1 .. 3) {
    is body('/image/fresh/chain'), 503, "microtasks without end $n: 503";
    is body('/image/fresh/go'), 'nothing', "microtasks without end $n: the next one";
}
is scalar log_lines($server, qr/left in the queue/), 0, 'nothing ran that an ended render had queued';
is scalar log_lines($server, qr{V8SSR0008: bundle image, GET /image/fresh/loop: \S+leaks\.js:\d+:\d+: still rendering after 200 ms}),
    3, 'the log has the place of a loop';
is scalar log_lines($server, qr{V8SSR0006: bundle image, GET /image/fresh/throw: \S+leaks\.js:\d+:\d+: TypeError: thrown on purpose}),
    3, 'and of an error';
is body('/image/fresh/heap'), 500, 'heap limit: 500';
is body('/image/fresh/count'), 1, 'heap limit: the next one';
is body('/image/kept/count'), 1, 'heap limit: a new isolate';
is scalar log_lines($server, qr{V8SSR0009: bundle image, GET /image/fresh/heap: }), 1,
    'heap limit: the log';
is scalar log_lines($server, qr{V8SSR0017: bundle \w+, GET /\w+/fresh/hang: }), 2,
    'a promise that never settles: the log';
is body('/image/fresh/buffers'), 'allocated', "array buffers of renders that are over do not add up, $_"
    for 1 .. 4;

# --- with a canary, warm-up, on the command line --------------------------------

my @canary = (Host => 'canary.test', 'X-Canary' => 1);
is body('/bundle', @canary), 'shop@canary 1', 'canary: counts from the beginning' for 1 .. 3;
is body('/leave/global', @canary), 'global', 'canary: leaves';
is body('/look', @canary), '', 'canary: it is gone';
is body('/bundle', Host => 'canary.test'), 'shop 1', 'its stable version as well' for 1 .. 2;
is body('/kept/bundle', @canary), "shop\@canary $_", 'canary, bundle: counts on' for 1 .. 3;
is body('/kept/bundle', Host => 'canary.test'), 'shop 1', 'each has its own';

$server->stop;
$server->launch->wait_up or die $server->log_text;
is body('/warm/look'), 'global', "a warm-up render has its server's SSRScope";

for my $row ([[], 3], [['-f'], 1]) {
    my ($options, $count) = @$row;
    local $ENV{LD_LIBRARY_PATH} = "$server->{top}/lib";
    open my $fh, '-|', 'sh', '-c', 'exec 2>/dev/null "$@"', 'sh', "$server->{top}/lib/v8ssr",
        'render', @$options, '-r', 3, "$server->{top}/bundles/test/leaks.js", '/count' or die $!;
    my @output = <$fh>;
    is $output[-1], $count, "v8ssr render @$options -r 3";
}
is scalar($server->children), 1, 'one child all along';

done_testing;

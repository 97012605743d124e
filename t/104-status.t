# SPDX-License-Identifier: Apache-2.0
#
# v8ssr-status: what all children counted together, as a page, as JSON and for
# Prometheus; refused where there is no Require.
use strict;
use warnings;
use JSON::PP;
use V8Test;

expect_log(qw(V8SSR0006 V8SSR0007 V8SSR0008 V8SSR0031));

my $config = <<'CONF';
Define VERSIONS "${TOP}/bundles/test/versions.js"
SSRIsolates 1
SSRTimeout 200ms
ServerName main.test
SSRBundle plain "${TOP}/bundles/hostile/good.js"
<Location /status>
    SetHandler v8ssr-status
    Require all granted
</Location>
<Location /open>
    SetHandler v8ssr-status
</Location>
<Location /any>
    SetHandler v8ssr-status
    <RequireAny>
        Require local
        Require ip 192.0.2.1
    </RequireAny>
</Location>
<Location /closed>
    SetHandler v8ssr-status
    Require all denied
</Location>
# not claimed for a bundle, so that the Require of <Directory /> is in force
<Location /directory>
    SSREngine off
    SetHandler v8ssr-status
</Location>
<Location /limited>
    SetHandler v8ssr-status
    <Limit POST>
        Require local
    </Limit>
</Location>
<LocationMatch ^/area>
    Require local
</LocationMatch>
<Location /area/status>
    SSRTimeout 1s
    SetHandler v8ssr-status
</Location>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName shop.test
    SSREngine on
    SSRBundle shop ${VERSIONS}
    SSRCanary shop ${VERSIONS} 12.5 header=X-Canary cookie=c
    SSRBundle bad "${TOP}/bundles/hostile/returns-nothing.js"
    SSRMap / shop
    SSRMap /bad bad
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName a"b<c>\d.test
    ServerAlias odd.test
    SSREngine on
    SSRBundle shop "${TOP}/bundles/hostile/declines.js"
    SSRUse shop
    SSRCanary shop ${VERSIONS} 0 rollback=off
</VirtualHost>
CONF
my $server = own_server(children => 2, limit => 2, config => $config);

sub rows {
    my $r = $server->get('/status?json', @_);
    is $r->header('Content-Type'), 'application/json', 'JSON';
    my %rows;
    for my $row (@{ decode_json($r->body)->{bundles} }) {
        my $host = $row->{host} =~ s/:$server->{port}\z//r; # the main server has none
        ok !$rows{"$host $row->{bundle} $row->{version}"}++, "$row->{host}: one row";
        $rows{"$host $row->{bundle} $row->{version}"} = $row;
    }
    return \%rows;
}

# --- who may see it ------------------------------------------------------------

for my $row (['/status', 200], ['/open', 403], ['/any', 200], ['/closed', 403],
    ['/area/status', 200], ['/status/below', 200], ['/open?json', 403],
    ['/limited', 403], ['/directory', 403]) {
    my ($path, $status) = @$row;
    is $server->get($path)->status, $status, "$path: $status";
}
is scalar log_lines($server, qr/V8SSR0031: v8ssr-status: \/open is refused: a Require in its <Location> was expected/),
    2, 'a missing Require is said';
my $r = $server->request('POST', '/status', body => 'x');
is $r->status, 405, 'POST is refused';
is $server->get('/status', Host => 'shop.test')->header('Cache-Control'), 'no-store',
    'no cache keeps it';

# --- what is counted -----------------------------------------------------------

my @pids = $server->children;
is scalar @pids, 2, 'two children';
my @shop = (Host => 'shop.test');
my @canary = (@shop, 'X-Canary' => 1);
my @stable = (@shop, 'X-Canary' => 0);
for my $pid (@pids) {
    is $server->get_from($pid, '/', @stable)->status, 200, 'a page' for 1 .. 3;
    is $server->get_from($pid, '/', @canary)->status, 200, 'a page of the canary';
    is $server->get_from($pid, '/', @shop, Cookie => 'c=canary')->status, 200, 'of its share';
    is $server->get_from($pid, '/?fail=shop', @stable)->status, 500, 'an error';
    is $server->get_from($pid, '/?ms=900', @stable)->status, 503, 'a timeout';
    is $server->get_from($pid, '/bad', @shop)->status, 500, 'no answer';
    is $server->get_from($pid, '/', Host => 'odd.test')->status, 404, 'nothing';
}
my $rows = rows();
is_deeply [sort keys %$rows], ['a"b<c>\d.test shop canary', 'a"b<c>\d.test shop stable',
    'main.test plain stable', 'shop.test bad stable', 'shop.test shop canary',
    'shop.test shop stable'], 'a row for each version of each bundle';

# Those that are not 0.
sub counts {
    my ($row) = @_;
    return { map { my $of = $row->{$_}; map { ($_ => $of->{$_}) x !!$of->{$_} } keys %$of }
        qw(answered errors_by_kind not_rendered) };
}
for my $row (
    ['shop.test shop stable', 10, 4, { ok => 6, script => 2, timeout => 2 }],
    ['shop.test shop canary', 4, 0, { ok => 4 }],
    ['shop.test bad stable', 2, 2, { answer => 2 }],
    ['a"b<c>\d.test shop stable', 2, 0, { declined => 2 }],
    ['a"b<c>\d.test shop canary', 0, 0, {}],
    ['main.test plain stable', 0, 0, {}],
) {
    my ($name, $renders, $errors, $counts) = @$row;
    is $rows->{$name}{renders}, $renders, "$name: renders of both children";
    is $rows->{$name}{errors}, $errors, "$name: errors";
    is $rows->{$name}{timed}, $renders, "$name: each with its time";
    is_deeply counts($rows->{$name}), $counts, "$name: by kind";
}
cmp_ok $rows->{'shop.test shop stable'}{render_us}, '>=', 400_000,
    'microseconds: the two timeouts alone';
is $rows->{'shop.test shop stable'}{canary}, undef, 'a stable version has no canary';
is_deeply $rows->{'shop.test shop canary'}{canary}, { percent => 12.5,
    rolled_back => JSON::PP::false, rollback_percent => 5, window_s => 60,
    window => { canary => { renders => 2, errors => 0 },
        stable => { renders => 0, errors => 0 } } },
    'the canary, without what was asked for by header';
is $rows->{'a"b<c>\d.test shop canary'}{canary}{rollback_percent}, undef, 'rollback=off';

# --- Prometheus ----------------------------------------------------------------

$r = $server->get('/status?prometheus');
is $r->header('Content-Type'), 'text/plain; version=0.0.4; charset=utf-8', 'Prometheus';
my (%value, %type, %help, $family, @odd);
for my $line (split /\n/, $r->body, -1) {
    if ($line =~ /^# HELP (\w+) \S/) { $family = $1; $help{$1}++ }
    elsif ($line =~ /^# TYPE (\w+) (counter|gauge|summary)$/) { $type{$1} = $2 }
    elsif ($line =~ /^((v8ssr_(?:fetch_\w+|refused|breakers_open))) (\d+)$/) { $value{$1} = $3 if $2 eq $family }
    elsif ($line =~ /^((\w+)\{(?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)+\}) ([0-9.]+)$/) {
        push @odd, "again: $line" if exists $value{$1};
        push @odd, "not below its TYPE: $line" if index $2, $family;
        $value{$1} = $3;
    }
    elsif ($line ne '') { push @odd, $line }
}
my @fetch = qw(started ended failed cancelled refused broken timeouts connects received_bytes);
is_deeply [map { $value{"v8ssr_fetch_${_}_total"} } @fetch], [(0) x 9], 'fetch(): counts';
is_deeply decode_json($server->get('/status?json')->body)->{fetch}, { map { $_ => 0 } @fetch }, 'the same as JSON';
is_deeply \@odd, [], 'every line has its form';
like $r->body, qr/\n\z/, 'the last one ends';
is_deeply [sort keys %help], [sort keys %type], 'HELP and TYPE for each family';
my $labels = qq(host="shop.test:$server->{port}",bundle="shop",version);
for my $row (
    [qq(v8ssr_renders_total{$labels="stable"}), 10],
    [qq(v8ssr_renders_total{$labels="canary"}), 4],
    [qq(v8ssr_render_errors_total{$labels="stable",kind="timeout"}), 2],
    [qq(v8ssr_render_errors_total{$labels="stable",kind="heap"}), 0],
    [qq(v8ssr_not_rendered_total{$labels="canary",kind="queue_full"}), 0],
    [qq(v8ssr_render_seconds_count{$labels="stable"}), 10],
    [qq(v8ssr_canary_percent{$labels="canary"}), 12.5],
    [qq(v8ssr_canary_percent{$labels="stable"}), undef],
    [qq(v8ssr_canary_rolled_back{$labels="canary"}), 0],
    [qq(v8ssr_canary_error_ratio{$labels="canary"}), 0],
    [qq(v8ssr_renders_total{host="a\\"b<c>\\\\d.test:$server->{port}",bundle="shop",version="stable"}), 2],
) {
    my ($series, $value) = @$row;
    ok defined $value ? ($value{$series} // -1) == $value : !exists $value{$series}, $series
        or diag grep { /^\w/ && !/ 0$/ } map { "$_\n" } split /\n/, $r->body;
}
cmp_ok $value{qq(v8ssr_render_seconds_sum{$labels="stable"})}, '>=', 0.4, 'in seconds';
cmp_ok $value{qq(v8ssr_render_seconds_sum{$labels="stable"})}, '<', 60, 'not in others';
is $type{v8ssr_renders_total}, 'counter', 'a counter';
is $type{v8ssr_canary_percent}, 'gauge', 'a gauge';

# --- the page ------------------------------------------------------------------

$r = $server->get('/status');
is $r->header('Content-Type'), 'text/html; charset=utf-8', 'HTML';
like $r->body, qr{<td>shop\.test:$server->{port}<td>shop<td>stable<td>10<td>4<td>timeout 2, script 2<td>}, 'a row';
like $r->body, qr{<tr><th>received_bytes<td>0<td>Of bodies, decoded\.}, 'fetch()';
like $r->body, qr{<td>canary<td>4<td>0<td><td><td>[\d.]+<td>12\.5% of the traffic; within 60 s 0 of 2 failed}, 'a canary';
like $r->body, qr{<td>a&quot;b&lt;c&gt;\\d\.test:}, 'names are escaped';
unlike $r->body, qr{<c>}, 'everywhere';

# --- restarts ------------------------------------------------------------------

my @old = $server->children;
$server->configure($config =~ s/SSRCanary shop \S+ 12.5.*//r);
$server->graceful;
ok wait_for { my %now = map { $_ => 1 } $server->children; !grep { $now{$_} } @old },
    'a graceful restart';
$rows = rows();
is $rows->{'shop.test shop stable'}{renders}, 10, 'its counts go on';
ok !$rows->{'shop.test shop canary'}, 'the canary is gone';
$server->get('/', @shop);
is rows()->{'shop.test shop stable'}{renders}, 11, 'and grow';
@old = $server->children;
$server->configure($config);
$server->graceful;
ok wait_for { my %now = map { $_ => 1 } $server->children; !grep { $now{$_} } @old },
    'another';
is rows()->{'shop.test shop canary'}{renders}, 0, 'a canary that comes anew starts from 0';

# Require is mod_authz_core's, and no one else's.
my $without = prepare_server(config => "<Location /x>\nRequire nonsense\n</Location>");
like +($without->configtest)[1], qr/Unknown Authz provider: nonsense/,
    'mod_authz_core has its say';
open my $fh, '>', "$without->{root}/bare.conf" or die $!;
print {$fh} grep { !/authz_core|authz_host/ } do {
    open my $modules, '<', "$without->{top}/lib/modules.conf" or die $!;
    <$modules>;
};
print {$fh} "LoadModule v8ssr_module \"$without->{top}/lib/mod_v8ssr.so\"\n",
    "<Location /x>\nRequire all denied\n</Location>\n";
close $fh or die $!;
like `"$without->{top}/lib/httpd" -d "$without->{root}" -f "$without->{root}/bare.conf" -t 2>&1`,
    qr/Invalid command 'Require', perhaps misspelled/, 'without it, no Require is taken';

done_testing;

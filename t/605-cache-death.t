# SPDX-License-Identifier: Apache-2.0
#
# Children are killed at random while they serve, store, purge and reload:
# every page is right, nothing hangs, the store stays whole.
#   V8TEST_SECONDS=120   for so long (10)
use strict;
use warnings;
use POSIX ();
use JSON::PP qw(decode_json);
use Time::HiRes qw(sleep time);
use V8Test;

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

# Every line of a page names the URL it was made for.
sub is_right {
    my ($r, $target) = @_;
    my @lines = split /\n/, $r->body;
    return @lines > 2 && !grep { $_ ne "$target" } @lines;
}

# A client: asks until it is told to stop; one line for each page that is wrong,
# then how many were asked for.  A connection that dies with its child is no
# answer, not a wrong one.
sub client {
    my ($seed, $out, $until) = @_;
    srand $seed;
    my ($right, $lost, $connection) = (0, 0);
    while (time < $until) {
        my $n = int rand(rand 400); # some more often
        my $target = "/page/$n?size=" . ($n * 37 % 300);
        my $r = eval {
            $connection ||= $server->connect;
            rand() < 0.02
                ? $connection->send('PURGE', rand() < 0.1 ? '/page/*' : "/page/$n")->read
                : $connection->send('GET', $target, rand() < 0.5 ? ('Accept-Encoding' => 'gzip') : ())->read;
        };
        if (!$r) { $lost++; undef $connection; next }
        if ($r->header('Content-Type') eq 'application/json') { next }
        my $body = $r->body;
        if (($r->header('Content-Encoding') // '') eq 'gzip') {
            require IO::Uncompress::Gunzip;
            my $plain = '';
            IO::Uncompress::Gunzip::gunzip(\$body, \$plain);
            $r->{body} = $plain;
        }
        if ($r->status == 200 && is_right($r, $target)) { $right++ }
        else { print {$out} 'wrong: ', $r->status, " $target ", substr($r->body, 0, 100), "\n" }
        undef $connection if ($r->header('Connection') // '') eq 'close';
    }
    print {$out} "right $right\nlost $lost\n";
}

my $until = time + $seconds;
my @outs;
for my $n (1 .. 6) {
    open my $in, '-|' or do {
        $SIG{TERM} = 'DEFAULT';
        delete $server->{pid}; # not ours to end
        client($n, \*STDOUT, $until);
        close STDOUT;
        POSIX::_exit(0);
    };
    push @outs, $in;
}
my ($kills, $reloads) = (0, 0);
srand 1;
while (time < $until) {
    sleep 0.2;
    my @children = $server->children or next;
    $kills += kill 'KILL', $children[rand @children];
    if (rand() < 0.05) { kill 'USR1', $server->pid; $reloads++ }
}
my ($right, $lost, @wrong) = (0, 0);
for my $in (@outs) {
    while (<$in>) {
        /^right (\d+)/ ? ($right += $1) : /^lost (\d+)/ ? ($lost += $1) : push @wrong, $_;
    }
    close $in;
}
is_deeply \@wrong, [], 'no page is wrong';
cmp_ok $kills, '>', $seconds, "children were killed ($kills, and $reloads reloads)";
cmp_ok $right, '>', 50 * $seconds, "and pages served all the while ($right, $lost lost with their connection)";

# It is whole, and all memory is accounted for.
my $cache;
ok wait_for { $cache = eval { decode_json($server->get('/status?json&validate')->body)->{cache} } }, 'it serves';
ok $cache->{entries} > 0, "$cache->{entries} entries";
is $cache->{valid}, 1, 'the store is whole';
is $server->request('PURGE', '/page/*')->status, 200, 'and goes on';
my $target = '/page/1?size=10';
my $r = $server->get($target);
ok is_right($r, $target), 'a page';
ok wait_for { ($server->get($target)->header('Cache-Status') // '') =~ /hit/ }, 'is kept';

done_testing;

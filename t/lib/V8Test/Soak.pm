# SPDX-License-Identifier: Apache-2.0
#
# A server under mixed load while children and memcached are killed, bundles
# change and clients are slow or vanish: what was answered, what was lost and to
# which kill, and what processes hold.  bench/soak and t/446 use it.
package V8Test::Soak;
use strict;
use warnings;
use IO::Select;
use List::Util qw(max min);
use POSIX ();
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(sleep time);
use V8Test::Memcached;
use V8Test::Server;

my $CLIENTS = 6;
# kind => share; what a client asks for
my @LOAD = (kept => 0.35, miss => 0.2, stream => 0.2, fetch => 0.1, purge => 0.03, slow => 0.04, vanish => 0.08);
# What these faults may make the module say; anything else is a find.  0021 and
# 0048: the helper that checks bundles and makes images was killed.
my %EXPECTED = map { $_ => 1 } qw(V8SSR0006 V8SSR0021 V8SSR0048 V8SSR0016 V8SSR0018 V8SSR0080 V8SSR0081 V8SSR0082 V8SSR0084 V8SSR0085);

sub _config {
    my ($memcached, $bundle) = @_;
    return <<"CONF";
MinSpareThreads 40
SSRIsolates 1
SSRIsolateMaxRequests 2000
SSRHeapLimit 64M
SSRQueue 100 20s
SSRFetchTimeout 20s
SSRTimeout 20s
SSREngine on
SSRBundle soak "$bundle"
SSRMap / soak
SSRCacheStore shm:4M memcached:@{[$memcached->address]}
SSRCacheL2Timeout 100ms
AddOutputFilterByType DEFLATE text/html
<Location /kept>
    SSRCache on
    SSRCacheTTL 500ms
    SSRCacheSWR 1h
    SSRCachePurge on
    Require local
</Location>
<Location /status>
    SetHandler v8ssr-status
    Require local
</Location>
CONF
}

# Another version each time, with the same pages.
sub _put_bundle {
    my ($server, $version) = @_;
    open my $in, '<', "$server->{top}/bundles/test/soak.mjs" or die "soak.mjs: $!\n";
    my $script = do { local $/; <$in> };
    open my $fh, '>', "$server->{root}/soak.mjs.new" or die $!;
    print {$fh} "$script// version $version\n";
    close $fh or die $!;
    chmod 0644, "$server->{root}/soak.mjs.new";
    rename "$server->{root}/soak.mjs.new", "$server->{root}/soak.mjs" or die $!;
    return;
}

# --- clients ---------------------------------------------------------------------------

sub _is_right {
    my ($body, $target) = @_;
    my @lines = split /\n/, $body;
    my ($size) = $target =~ /size=(\d+)/;
    return @lines == $size + 3 && !grep { $_ ne $target } @lines;
}

sub _pick {
    my $at = rand;
    for (my $i = 0; $i < @LOAD; $i += 2) {
        return $LOAD[$i] if ($at -= $LOAD[$i + 1]) < 0;
    }
    return $LOAD[0];
}

# Asks on a connection of its own: an idle one that a restart closes while the
# next request is on its way would be HTTP's race, not ours (RFC 9112, 9.3.1).
sub _ask {
    my ($server, $kind, $target) = @_;
    my $c = $server->connect;
    $c->send($kind eq 'purge' ? 'PURGE' : 'GET', $target, Connection => 'close', rand() < 0.3 && $kind eq 'kept' ? ('Accept-Encoding' => 'gzip') : ());
    if ($kind eq 'vanish') {
        sleep rand 0.01;
        setsockopt $c->{socket}, SOL_SOCKET, SO_LINGER, pack 'll', 1, 0;
        close $c->{socket};
        return;
    }
    sleep 0.3 if $kind eq 'slow';
    return $c->read;
}

sub _plain {
    my ($r) = @_;
    return $r->body if ($r->header('Content-Encoding') // '') ne 'gzip';
    require IO::Uncompress::Gunzip;
    my $body = $r->body;
    IO::Uncompress::Gunzip::gunzip(\$body, \my $plain);
    return $plain // '';
}

# One line for each request that is not simply right.
sub _client {
    my ($server, $seed, $seconds) = @_;
    srand $seed;
    my $until = time + $seconds;
    my %n;
    while ((my $began = time) < $until) {
        my $kind = _pick();
        my $number = int rand(rand 400);
        my $path = $kind eq 'slow' ? 'stream' : $kind eq 'purge' || $kind eq 'vanish' ? 'kept' : $kind;
        my $target = "/$path/$number?size=" . ($kind eq 'slow' ? 100_000 : $number * 37 % 300);
        my $r = eval { _ask($server, $kind, $target) };
        my $why = $@ =~ s/\s+/ /gr;
        $n{$kind}++;
        next if $kind eq 'vanish';
        if (!$r || $r->status == 502) { printf "lost %.3f %.3f %s %s\n", $began, time, $target, substr $r ? 502 : $why, 0, 80 }
        elsif ($r->status == 503) { print "refused $target\n" }
        elsif ($kind eq 'purge' ? $r->status != 200 : $r->status != 200 || !_is_right(_plain($r), $target)) {
            print 'wrong ', $r->status, " $target ", substr($r->body =~ s/\s+/ /gr, 0, 200), "\n";
        }
        else { $n{right}++ }
    }
    print "count $_ $n{$_}\n" for sort keys %n;
    return;
}

sub _start_clients {
    my ($server, $seconds) = @_;
    return map {
        my $seed = $_;
        my $pid = open my $in, '-|';
        if (!$pid) {
            $SIG{TERM} = 'DEFAULT';
            delete $server->{pid};
            _client($server, $seed, $seconds);
            close STDOUT;
            POSIX::_exit(0);
        }
        $in;
    } 1 .. $CLIENTS;
}

# --- what processes hold ----------------------------------------------------------------

sub _slurp { open my $fh, '<', $_[0] or return ''; local $/; return scalar(<$fh>) // '' }
sub _fds { my @fds = glob "/proc/$_[0]/fd/*"; return scalar @fds }
sub _kb { return _slurp("/proc/$_[0]/status") =~ /^VmRSS:\s+(\d+)/m ? $1 : 0 }

sub _sample {
    my ($server) = @_;
    my $pid = $server->pid;
    my @children = $server->children;
    return { at => time, parent_fds => _fds($pid), parent_kb => _kb($pid), children => scalar @children,
        child_fds => max(0, map { _fds($_) } @children), child_kb => max(0, map { _kb($_) } @children) };
}

# --- all of it --------------------------------------------------------------------------

# A fault when its time has come; each has an interval.
sub _faults {
    my ($server, $memcached, $done) = @_;
    my $version = 0;
    return (
        { every => 1.5, do => sub {
            my @children = $server->children or return;
            my $victim = $children[rand @children];
            # a restart runs SSRHelper, which is a child as well
            my $is_helper = _slurp("/proc/$victim/comm") =~ /^v8ssr/;
            kill 'KILL', $victim or return;
            $is_helper ? $done->{helpers}++ : push @{ $done->{kills} }, [time, $victim];
        } },
        { every => 5, do => sub { _put_bundle($server, ++$version); $done->{reloads}++ if kill 'USR1', $server->pid } },
        { every => 7, do => sub { $memcached->stop; $done->{memcached}++ } },
        { every => 7, offset => 1, do => sub { $memcached->start if !$memcached->{pid} } },
    );
}

sub _read_results {
    my ($sum, @clients) = @_;
    for my $in (@clients) {
        while (my $line = <$in>) {
            if ($line =~ /^count (\w+) (\d+)/) { $sum->{count}{$1} += $2 }
            elsif ($line =~ /^(lost|refused|wrong) (.*)/) { push @{ $sum->{$1} }, $2 }
            else { push @{ $sum->{wrong} }, "a client says: $line" }
        }
        close $in;
    }
    # Whose connection ended without a kill while it was under way.
    my @kills = map { $_->[0] } @{ $sum->{kills} };
    $sum->{unexplained} = [grep {
        my ($from, $to) = split / /;
        !grep { $_ >= $from - 0.1 && $_ <= $to + 0.1 } @kills;
    } @{ $sum->{lost} }];
    return;
}

# Counts, lists of what was lost and wrong, samples, and the server, which is up.
sub run {
    my ($seconds) = @_;
    my $memcached = V8Test::Memcached->new;
    my $server = V8Test::Server->prepare(children => 3, limit => 8, threads => 16);
    _put_bundle($server, 0);
    $server->configure(_config($memcached, "$server->{root}/soak.mjs"));
    $server->launch->wait_up or die "no server\n";
    my %sum = (seconds => $seconds, server => $server, kills => [], helpers => 0, reloads => 0, memcached => 0, count => {}, lost => [],
        refused => [], wrong => [], samples => []);
    my @clients = _start_clients($server, $seconds);
    my $began = time;
    my @faults = _faults($server, $memcached, \%sum);
    $_->{next} = $began + $_->{every} + ($_->{offset} // 0) for @faults;
    srand 1;
    while (time < $began + $seconds) {
        for my $fault (grep { $_->{next} <= time } @faults) {
            $fault->{do}->();
            $fault->{next} += $fault->{every};
        }
        push @{ $sum{samples} }, _sample($server) if !@{ $sum{samples} } || time - $sum{samples}[-1]{at} > 0.5;
        sleep 0.05;
    }
    _read_results(\%sum, @clients);
    $sum{serves} = V8Test::Server::wait_for { eval { $server->get('/miss/0?size=0')->status == 200 } };
    my %said;
    my $log = $server->log_text;
    $said{$1}++ while $log =~ /\[v8ssr:(?:warn|error|crit|alert|emerg)\].*?\b(V8SSR\d{4}): /g;
    $sum{said} = \%said;
    $sum{unexpected} = [grep { !$EXPECTED{$_} } sort keys %said];
    $sum{aborts} = () = $log =~ /exit signal (?!Killed)|v8pool: V8 aborts/g;
    return \%sum;
}

# The smallest and the largest of a figure in the first and in the last quarter.
sub trend {
    my ($sum, $name) = @_;
    my @all = grep { $_->{children} } @{ $sum->{samples} };
    my $quarter = max(1, int @all / 4);
    return map { my @part = map { $_->{$name} } @$_; [min(@part), max(@part)] } [@all[0 .. $quarter - 1]], [@all[-$quarter .. -1]];
}

sub table {
    my ($sum) = @_;
    my $count = $sum->{count};
    my @kinds = map { $LOAD[2 * $_] } 0 .. @LOAD / 2 - 1;
    my $requests = 0;
    $requests += $count->{$_} // 0 for @kinds;
    my @rows = (['', "$sum->{seconds} s"],
        ['requests', "$requests (" . join(', ', map { "$_ " . ($count->{$_} // 0) } @kinds) . ')'],
        ['faults', @{ $sum->{kills} } . " children killed, $sum->{helpers} helpers, $sum->{memcached} times memcached, $sum->{reloads} new bundles with a restart"],
        ['right', $count->{right} // 0],
        ['wrong', scalar @{ $sum->{wrong} }],
        ['refused (503)', scalar @{ $sum->{refused} }],
        ['lost with their child', @{ $sum->{lost} } - @{ $sum->{unexplained} }],
        ['lost otherwise', scalar @{ $sum->{unexplained} }],
        ['children that ended by themselves', $sum->{aborts}],
        ['children, most', max map { $_->{children} } @{ $sum->{samples} }]);
    for my $row (['parent_fds', 'fds of the parent'], ['child_fds', 'fds of a child, the one with most'],
        ['parent_kb', 'resident memory of the parent, KB'], ['child_kb', 'of a child, the largest, KB']) {
        my ($first, $last) = trend($sum, $row->[0]);
        push @rows, [$row->[1], "$first->[0] to $first->[1] in the first quarter, $last->[0] to $last->[1] in the last"];
    }
    push @rows, ['log lines', join ', ', map { "$_: $sum->{said}{$_}" } sort keys %{ $sum->{said} }];
    my @lines = map { "| $_->[0] | $_->[1] |" } @rows;
    splice @lines, 1, 0, '|---|---|';
    return join("\n", @lines) . "\n";
}

1;

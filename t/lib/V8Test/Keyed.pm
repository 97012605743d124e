# SPDX-License-Identifier: Apache-2.0
#
# Clients of t/bundles/keyed.js, each a process: they ask for pages, now and
# then purge, and look whether every line of a page names the URL they asked for.
package V8Test::Keyed;
use strict;
use warnings;
use IO::Uncompress::Gunzip qw(gunzip);
use POSIX ();
use Time::HiRes qw(time);

sub is_right {
    my ($body, $target) = @_;
    my @lines = split /\n/, $body;
    return @lines > 2 && !grep { $_ ne $target } @lines;
}

sub _plain {
    my ($r) = @_;
    return $r->body if ($r->header('Content-Encoding') // '') ne 'gzip';
    my $body = $r->body;
    gunzip(\$body, \my $plain);
    return $plain // '';
}

# A connection that dies with its child is no answer, not a wrong one.
sub _ask {
    my ($server, $connection, @request) = @_;
    return eval {
        $$connection ||= $server->connect;
        $$connection->send(@request)->read;
    };
}

# seconds or requests: when it ends; pages, purges (share), lines (most).
sub _client {
    my ($server, $seed, $out, %o) = @_;
    srand $seed;
    my $until = time + ($o{seconds} || 1e9);
    my $left = $o{requests} || 1e12;
    my ($right, $lost, $purges, $connection) = (0, 0, 0);
    while ($left-- > 0 && time < $until) {
        my $n = int rand(rand $o{pages}); # some more often
        if (rand() < $o{purges}) {
            my $purged = _ask($server, \$connection, 'PURGE', rand() < 0.1 ? '/page/*' : "/page/$n");
            undef $connection if !$purged || ($purged->header('Connection') // '') eq 'close';
            $purges++;
            next;
        }
        my $target = "/page/$n?size=" . ($n * 37 % $o{lines});
        my $r = _ask($server, \$connection, 'GET', $target, rand() < 0.5 ? ('Accept-Encoding' => 'gzip') : ());
        if (!$r) { $lost++; undef $connection; next }
        if ($r->status == 200 && is_right(_plain($r), $target)) { $right++ }
        else { print {$out} 'wrong: ', $r->status, " $target ", substr($r->body, 0, 100), "\n" }
        undef $connection if ($r->header('Connection') // '') eq 'close';
    }
    print {$out} "right $right\nlost $lost\npurges $purges\n";
    return;
}

# Starts so many clients; what to give to result().
sub start {
    my ($server, $clients, %o) = @_;
    my @outs;
    for my $n (1 .. $clients) {
        my $pid = open my $in, '-|';
        if (!$pid) {
            $SIG{TERM} = 'DEFAULT';
            delete $server->{pid}; # not ours to end
            _client($server, $n, \*STDOUT, pages => 400, purges => 0.02, lines => 300, %o);
            close STDOUT;
            POSIX::_exit(0);
        }
        push @outs, [$pid, $in];
    }
    return \@outs;
}

sub is_over {
    my ($outs) = @_;
    return !grep { my $rin = ''; vec($rin, fileno $_->[1], 1) = 1; !select $rin, undef, undef, 0 } @$outs;
}

# Waits for them: right, lost, purges, and a list of what was wrong.
sub result {
    my ($outs) = @_;
    my %sum = (right => 0, lost => 0, purges => 0, wrong => []);
    for my $out (@$outs) {
        my $in = $out->[1];
        while (<$in>) {
            if (/^(right|lost|purges) (\d+)/) { $sum{$1} += $2 }
            else { push @{ $sum{wrong} }, $_ }
        }
        close $in;
    }
    return %sum;
}

1;

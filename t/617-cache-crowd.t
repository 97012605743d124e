# SPDX-License-Identifier: Apache-2.0
#
# Crowds: whoever asks at the same time for a page that is not there waits for
# one render; crawlers of stale pages cause SSRCacheRevalidateMax renders at a time.
#   V8TEST_CLIENTS=10000 V8TEST_TIMEOUT=900   so many clients at once (200)
#   V8TEST_PAGES=1500                         so many stale pages (60)
use strict;
use warnings;
use JSON::PP qw(decode_json);
use POSIX ();
use V8Test;

my $clients = $ENV{V8TEST_CLIENTS} || 200;
my $pages = $ENV{V8TEST_PAGES} || 60;
my $per = 100;                           # connections of one process
my $threads = $clients > 1000 ? 1000 : 64; # of a child
my $children = POSIX::ceil($clients / $threads);
$children = 2 if $children < 2;
# As long as it takes all of them to come.
my $ms = $clients > 1000 ? 2 * $clients : 1000;

sub server {
    my ($config, %o) = @_;
    my $server = prepare_server(children => 2, limit => 2, threads => 32, %o);
    open my $fh, '>', "$server->{root}/timed.js" or die $!;
    print {$fh} <<'JS';
globalThis.renderPage = (url) => {
  const begin = Date.now();
  const until = begin + Number(/\bms=(\d+)/.exec(url)?.[1] ?? 0);
  while (Date.now() < until);
  console.info(`rendered ${url} from ${begin} to ${Date.now()}`);
  return `<p>${url} ${Math.random()}</p>`;
};
JS
    close $fh or die $!;
    chmod 0644, "$server->{root}/timed.js";
    $server->configure("SSREngine on\nSSRBundle timed \"$server->{root}/timed.js\"\nSSRCache on\nSSRTimeout 10m\n"
        . "SSRQueue 1000 10m\nTimeout 600\nMaxKeepAliveRequests 0\n<Location /status>\nSetHandler v8ssr-status\n"
        . "Require local\n</Location>\n$config");
    $server->launch->wait_up or die 'no server';
    return $server;
}
sub renders { my ($server, $what) = @_; return log_lines($server, qr/console: rendered \Q$what\E/) }
sub figures { return decode_json($_[0]->get('/status?json')->body)->{cache} }

# --- one cold page ---------------------------------------------------------------

# A process with many connections; all have asked before the first reads.
sub ask_all {
    my ($server, $target, $n) = @_;
    my $pid = open my $in, '-|';
    return [$in, $n] if $pid;
    $SIG{TERM} = 'DEFAULT';
    delete $server->{pid}; # not ours to end
    my %bodies;
    my @connections = map { eval { $server->connect->send('GET', $target) } } 1 .. $n;
    for my $connection (@connections) {
        my $r = $connection && eval { $connection->read(600) };
        $bodies{ $r ? $r->status . ' ' . $r->body : 'none' }++;
    }
    print map { "$bodies{$_} $_\n" } keys %bodies;
    close STDOUT;
    POSIX::_exit(0);
}

my $server = server("SSRIsolates 1\nSSRCacheTTL 1h\nSSRCacheLock on wait=60s\nListenBacklog 4096\n",
    children => $children, limit => $children, threads => $threads);
wait_for { $server->children == $children } or die 'children are missing';
my @groups = map { my $n = $clients - $per * $_; ask_all($server, "/cold?ms=$ms", $n < $per ? $n : $per) }
    0 .. POSIX::ceil($clients / $per) - 1;
my %answers;
for my $group (@groups) {
    my $in = $group->[0];
    while (<$in>) { $answers{$2} += $1 if /^(\d+) (.*)$/ }
    close $in;
}
my ($answer) = keys %answers;
is scalar(keys %answers), 1, "$clients clients get the same page";
like $answer, qr/^200 <p>\/cold/, 'which is the page';
is $answers{$answer}, $clients, 'each of them';
is scalar(renders($server, '/cold')), 1, "of one render, in $children children";
my $figures = figures($server);
is $figures->{misses}, 1, 'one miss';
is $figures->{hits}, $clients - 1, 'all others are hits';
cmp_ok $figures->{collapsed}, '>', $clients / 10, "$figures->{collapsed} of them waited";
$server->stop;

# --- many stale pages --------------------------------------------------------------

# Lines say from when to when: how many at most at a time.
sub most_at_once {
    my @times = sort { $a->[0] <=> $b->[0] || $a->[1] <=> $b->[1] } map { /from (\d+) to (\d+)/ ? [$1, $2] : () } @_;
    my ($most, @now) = (0);
    for my $time (@times) {
        @now = grep { $_->[1] > $time->[0] } @now, $time;
        $most = @now if @now > $most;
    }
    return $most;
}

$server = server("SSRIsolates 2\nSSRCacheTTL 10ms\nSSRCacheSWR 1h\nSSRCacheRevalidateMax 2\n");
my @targets = map { "/stale/$_?ms=10" } 1 .. $pages;
sub crawl {
    my @crawlers = map { $server->connect } 1 .. 8;
    my $wrong = 0;
    for (my $at = 0; $at < @targets; $at += @crawlers) {
        my @now = grep { $_ < @targets } $at .. $at + $#crawlers;
        $crawlers[$_ - $at]->send('GET', $targets[$_]) for @now;
        for (@now) {
            my $r = $crawlers[$_ - $at]->read;
            $wrong++ if $r->status != 200 || $r->body !~ m{^<p>\Q$targets[$_]\E };
        }
    }
    return $wrong;
}
is crawl(), 0, "$pages pages";
is scalar(renders($server, '/stale/')), $pages, 'are rendered once each';
my $rounds = 0;
my $enough = wait_for { $rounds++; crawl() == 0 && figures($server)->{refreshes} >= $pages } 600;
ok $enough, 'crawled until as many have been rendered anew';
$server->stop; # the lines of all that ended are there then
my @anew = log_lines($server, qr/V8SSR0075: .* rendered anew: console: rendered/);
cmp_ok scalar @anew, '>=', $pages, scalar(@anew) . " renders in the background, $rounds rounds";
is most_at_once(@anew), 2, 'of which two at most, and at times two, ran at the same time';

done_testing;

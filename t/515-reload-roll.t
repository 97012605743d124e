# SPDX-License-Identifier: Apache-2.0
#
# SSRReload stat: somebody accepts while new children take over; where they
# cannot, the server restarts.  httpd's parent looks every ten seconds.
use strict;
use warnings;
use V8Test;
use V8Test::Helper;

expect_log('V8SSR0149');
my $LOOK = 60; # seconds: many times httpd's own ten

sub put { my ($server, $text) = @_; return $server->put('site.js', $text) }
sub page { return "globalThis.renderPage = () => '<p>$_[0]</p>';\n" }

sub lines { my ($server, $what) = @_; return grep { /$what/ } split /\n/, $server->log_text }
sub told { my ($server, $pid) = @_; return scalar lines($server, qr/V8SSR0147: child $pid:/) }

sub server_with {
    my ($config, %limits) = @_;
    my $server = prepare_server(%limits);
    put($server, page('one'));
    my $root = $server->{root};
    $server->{helper} = V8Test::Helper->new($server,
        check => "nice >$root/helper.pipe; exec $server->{top}/lib/v8ssr \"\$@\"");
    $config =~ s/ROOT/$root/;
    $server->configure('SSRHelper ' . $server->{helper}->path . "\nSSRReload stat 200ms\nSSRLoadTimeout 5s\nSSREngine on\n"
        . "SSRBundle site \"$server->{root}/site.js\" snapshot=off\n$config");
    $server->launch->wait_up;
    wait_for { lines($server, qr/V8SSR0040/) == $limits{children} };
    return $server;
}


# Of these nothing is asked meanwhile: all change at once.
my $full = server_with('', children => 1, limit => 1);
my $canary = server_with('SSRCanary site "ROOT/site.js" 1', children => 1, limit => 3);
my $stopped = server_with('', children => 1, limit => 3);
my ($stays) = $stopped->children;
kill 'STOP', $stays;
put($_, page('two')) for $full, $canary, $stopped;

# --- while the new child loads the old one answers -----------------------------------

my $server = server_with('', children => 1, limit => 2);
my ($old) = $server->children;
put($server, "{ const until = Date.now() + 1500; while (Date.now() < until); }\n" . page('two'));
ok wait_for(sub { lines($server, qr/V8SSR0001/) == 2 }, $LOOK), 'a new child begins';
my %seen;
ok wait_for {
    $seen{ $server->get('/')->body }++;
    return lines($server, qr/V8SSR0040/) == 2;
}, 'and is ready';
cmp_ok $seen{'<p>one</p>'} // 0, '>', 3, 'meanwhile the old one answers';
my @bad;
ok wait_for {
    my $body = $server->get('/')->body;
    push @bad, $body if $body !~ m{^<p>(?:one|two)</p>$};
    return $body eq '<p>two</p>' && !grep { $_ == $old } $server->children;
}, 'the old one leaves';
is "@bad", '', 'all are answered';
is told($server, $old), 1, 'and says so';
my ($first, $second) = grep { /^\d+$/ } $server->{helper}->runs;
is $second, $first + 5, 'the new version was checked at a lower priority';
is scalar lines($server, qr/AH00489/), 1, 'nothing restarts';

# A child that is started later has the new script as well.
my ($new) = $server->children;
kill 'KILL', $new;
ok wait_for { my @now = $server->children; @now == 1 && $now[0] != $new }, 'a child dies';
is $server->get('/')->body, '<p>two</p>', 'the next one serves the new version';
$server->stop;

# --- all of several leave ---------------------------------------------------------------

$server = server_with("SSRWarmup /warm\n<Location /warm>\nSSRCache on\nSSRCacheTTL 1h\n</Location>\n",
    children => 3, limit => 6);
ok wait_for { lines($server, qr/V8SSR0090/) == 1 }, 'one of three children fills the cache';
wait_for { $server->children == 3 };
my @old = $server->children;
put($server, page('two'));
@bad = ();
ok wait_for(sub {
    my $r = $server->get('/');
    push @bad, $r->status if $r->status != 200;
    my %now = map { $_ => 1 } $server->children;
    return !grep { $now{$_} } @old;
}, $LOOK), 'three children leave';
is "@bad", '', 'three: all are answered';
is join(' ', map { told($server, $_) } @old), '1 1 1', 'three: each says so';

# Each goes for a new one, or as many seconds after the first as there are before it.
sub at { return $_[0] =~ /^\[\w+ \w+ +\d+ (\d+):(\d+):([\d.]+)/ ? ($1 * 60 + $2) * 60 + $3 : 0 }
my ($ready, $left, $first_at, @early) = (0, 0);
for my $line (lines($server, qr/V8SSR0040|V8SSR0147/)) {
    next if $line =~ /V8SSR0040: child (\d+)/ && grep { $_ == $1 } @old;
    if ($line =~ /V8SSR0040/) { $ready++; $first_at //= at($line); next }
    my $after = at($line) - $first_at;
    $after += 86400 if $after < 0; # midnight
    push @early, $line if $ready <= $left && $after < $left - 0.1;
    $left++;
}
is "@early", '', 'three: one after the other';
is scalar lines($server, qr/AH00489/), 1, 'three: nothing restarts';
ok wait_for { lines($server, qr/V8SSR0090/) == 2 }, 'three: the new version fills the cache again';
$server->stop;

# --- where new children cannot take over -----------------------------------------------------

for ([$full, 'no room'], [$canary, 'a canary']) {
    my ($server, $why) = @$_;
    ok wait_for(sub { lines($server, qr/AH00493/) }, $LOOK), "$why: the server restarts";
    is scalar lines($server, qr/V8SSR0045: bundle site: .* the server restarts gracefully/), 1, "$why: the log says so";
    ok wait_for { $server->get('/')->body eq '<p>two</p>' }, "$why: the new version is served";
    $server->stop;
}

# --- an old one that does not leave ------------------------------------------------------------

ok wait_for(sub { lines($stopped, qr/V8SSR0149/) }, 2 * $LOOK), 'stopped: it is noticed';
ok wait_for(sub { lines($stopped, qr/AH00493/) }, $LOOK), 'stopped: the server restarts';
kill 'CONT', $stays;
ok wait_for { !grep { $_ == $stays } $stopped->children }, 'stopped: once it goes on it leaves';
is $stopped->get('/')->body, '<p>two</p>', 'stopped: the new version is served';
$stopped->stop;

done_testing;

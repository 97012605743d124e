# SPDX-License-Identifier: Apache-2.0
#
# `httpd -k graceful`, which apachectl runs: the new scripts are checked and their
# image is made before the server is told, not while nobody accepts.
use strict;
use warnings;
use V8Test;
use V8Test::Helper;

my $server = prepare_server(children => 1, limit => 2);
my $helper = V8Test::Helper->new($server);
my $images = "$server->{root}/images";

sub put { return $server->put('site.js', @_) }
sub page { return "globalThis.renderPage = () => '<p>$_[0]</p>';\n" }

my $mark = 0;
sub since { return grep { /$_[0]/ } split /\n/, substr $server->log_text, $mark }
sub restarted { return wait_for { since(qr/AH00489: .*resuming normal/) } }

sub run_k {
    my ($what) = @_;
    my $said = `"$server->{top}/lib/httpd" -d "$server->{root}" -f "$server->{conf}" $what 2>&1`;
    return ($? >> 8, $said);
}

# What the helper was asked for since the last time.
sub runs {
    my @words = map { (split ' ')[0] } $helper->runs;
    return join ' ', sort @words;
}

put(page('one'));
$server->configure('SSRHelper ' . $helper->path . "\nSSRImageDir \"$images\"\nSSREngine on\n"
    . "SSRBundle site \"$server->{root}/site.js\"\n");
$server->launch->wait_up;
is $server->get('/')->body, '<p>one</p>', 'the first version';
is runs(), 'check snapshot', 'checked once, one image';

$mark = length $server->log_text;
put(page('two'));
my ($exit, $said) = run_k('-k graceful');
is $exit, 0, '-k graceful: exit status';
ok restarted(), 'the server restarts';
ok wait_for { $server->get('/')->body eq '<p>two</p>' }, 'the new version is served';
is runs(), 'check snapshot', 'checked once, one image: before the restart';
like join("\n", since(qr/V8SSR0050/)), qr/startup image \w+, \d+ bytes, found in/, 'which finds it';

$mark = length $server->log_text;
put(page('three'));
ok $server->graceful, 'a signal alone';
is runs(), 'check snapshot', 'the restart checks';

put("globalThis.renderPage = ;\n");
($exit, $said) = run_k('-kgraceful');
isnt $exit, 0, 'broken: exit status';
like $said, qr{SSRBundle: site: .*site\.js:1:\d+: SyntaxError}, 'broken: and what is wrong';
is scalar since(qr/AH00493/), 1, 'broken: the server is not told';
is runs(), 'check', 'broken: one check';

# A note is as good as the folder it is in.
chmod 0777, $images;
$mark = length $server->log_text;
put(page('four'));
expect_log('V8SSR0046');
run_k('-k graceful');
ok restarted(), 'a folder that others may write to: the server restarts';
is runs(), 'check check snapshot snapshot', 'and checks itself';
ok wait_for { $server->get('/')->body eq '<p>four</p>' }, 'and serves the new version';

$server->stop;
done_testing;

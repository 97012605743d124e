# SPDX-License-Identifier: Apache-2.0
#
# SSRReload stat: a changed bundle is checked and taken over by new children; a
# broken one is refused once, and one that is gone is waited for.
# httpd's parent looks every ten seconds: so long takes each step.
use strict;
use warnings;
use V8Test;
use V8Test::Helper;

expect_log(qw(V8SSR0021 V8SSR0150));
my $LOOK = 60; # seconds: many times httpd's own ten

my $server = prepare_server(children => 1, limit => 2);
my $helper = V8Test::Helper->new($server);

sub put { return $server->put("$_[0].js", $_[1]) }
sub page { return "globalThis.renderPage = () => '<p>$_[0]</p>';\n" }
sub checks { return scalar grep { /^check .*\/$_[0]\.js / } @{ $_[1] } }
sub serves { return $server->get("/$_[0]")->body }

my $mark = 0;
sub since { return grep { /$_[0]/ } split /\n/, substr $server->log_text, $mark }
sub restarts { return scalar since(qr/AH00489: .*resuming normal/) }
sub rolls { return scalar since(qr/V8SSR0147/) } # there is one child

put(a => page('a1'));
put(b => page('b1'));
sub put_template { return $server->put('t.html', $_[0]) }
put_template("t1 <!--app-html-->");
$server->configure("SSRHelper " . $helper->path . "\nSSRReload stat 200ms\nSSREngine on\n"
    . "<Location /b/in>\nSSRTemplate t.html\n</Location>\n"
    . join '', map { "SSRBundle $_ \"$server->{root}/$_.js\"\nSSRMap /$_ $_\n" } qw(a b));
$server->launch->wait_up;
my $parent = $server->pid;
is serves('a'), '<p>a1</p>', 'the first version';
is serves('b/in'), 't1 <p>b1</p>', 'the first version of a template';
$helper->runs;

# A good change.
$mark = length $server->log_text;
put(a => page('a2'));
ok wait_for(sub { rolls() == 1 }, $LOOK), 'good: the child leaves';
ok wait_for { serves('a') eq '<p>a2</p>' }, 'good: the new version is served';
is serves('b'), '<p>b1</p>', 'good: the other is what it was';
is $server->pid, $parent, 'good: the same parent';
is restarts(), 0, 'good: without a restart';
my @said = since(qr/V8SSR/) ;
is scalar(grep { /V8SSR0045: bundle a: \S+\/a\.js has changed and passed/ } @said), 1,
    'good: one line says why';
my @runs = $helper->runs;
is checks(a => \@runs), 1, 'good: checked once';
is scalar(grep { /^snapshot / } @runs), 1, 'good: its image is made once';
like join("\n", since(qr/V8SSR0050: .* made|V8SSR0001/)), qr/V8SSR0050.*\n.*V8SSR0001/,
    'good: before there is a new child';
is checks(b => \@runs), 0, 'good: what did not change is not checked';

# A broken one: the other changes a look later.
$mark = length $server->log_text;
put(a => "\nglobalThis.renderPage = ;\n");
ok wait_for(sub { since(qr/V8SSR0021/) }, $LOOK), 'broken: refused';
put(b => page('b2'));
ok wait_for(sub { rolls() == 1 }, $LOOK), 'broken: the other is taken over';
ok wait_for { serves('b') eq '<p>b2</p>' }, 'broken: and is served';
is serves('a'), '<p>a2</p>', 'broken: its last good version is served';
like +(since(qr/V8SSR0021/))[0], qr/bundle a: the new version is refused, .*a\.js:2:\d+: SyntaxError/,
    'broken: the log says why';
is scalar since(qr/V8SSR0021/), 1, 'broken: once';
is scalar since(qr/V8SSR0045: bundle a/), 0, 'broken: no child serves it';
@runs = $helper->runs;
is checks(a => \@runs), 1, 'broken: checked once';
is checks(b => \@runs), 1, 'broken: the other, too';

put_template('t2 <!--app-html-->'); # a look later still nothing is new about the first
ok wait_for(sub { rolls() == 2 }, $LOOK), 'template: a child leaves for it, too';
ok wait_for { serves('b/in') eq 't2 <p>b2</p>' }, 'template: its new version is served';
is scalar since(qr{V8SSR0153: SSRTemplate: \S+/t\.html has changed, new children take over}), 1,
    'template: one line says why';
is scalar since(qr/V8SSR0021/), 1, 'broken: still once';
is scalar(grep { /a\.js/ } $helper->runs), 0, 'broken: not checked again';

# One that is gone when another changes.
$mark = length $server->log_text;
unlink "$server->{root}/a.js" or die $!;
put_template('nothing');
put(b => page('b3'));
ok wait_for(sub { rolls() == 1 }, $LOOK), 'gone: the other is taken over';
ok wait_for { serves('b') eq '<p>b3</p>' }, 'gone: and is served';
is serves('a'), '<p>a2</p>', 'gone: the last good version is served';
is scalar since(qr/V8SSR0021/), 0, 'gone: no word about it';
is serves('b/in'), 't2 <p>b3</p>', 'a broken template: the last good one is served';
is scalar since(qr{V8SSR0150: .*last good one goes on: \S+/t\.html: <!--app-html-->}), 1, 'a broken template: refused once';
$mark = length $server->log_text;
put(a => page('a3'));
ok wait_for(sub { serves('a') eq '<p>a3</p>' }, $LOOK), 'back: the new version is served';
is restarts(), 0, 'back: without a restart';
is scalar since(qr/V8SSR015/), 0, 'a broken template: no further word about it';

# What an administrator asks for is checked anew.
put(a => "throw new Error('no');\n");
ok wait_for(sub { since(qr/V8SSR0021/) }, $LOOK), 'asked: refused';
$helper->runs;
ok $server->graceful, 'asked: a restart by hand';
is scalar since(qr/V8SSR0021: bundle a: /), 2, 'asked: refused again';
@runs = $helper->runs;
is checks(a => \@runs), 1, 'asked: after a check';

done_testing;

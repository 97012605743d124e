# SPDX-License-Identifier: Apache-2.0
#
# Bundles that cannot be loaded cost their own URLs, nothing else.  They get as
# far as a child only when their check passed: here by a program that approves
# of everything (t/202 and t/505 have the real one).
use strict;
use warnings;
use Time::HiRes qw(time);
use V8Test;

expect_log(qw(V8SSR0003 V8SSR0013));
my @broken = qw(syntax-error throws-at-load no-entry entry-not-function);

sub config {
    my (@bundles) = @_;
    return join "\n", 'SSRHelper /bin/true', 'SSRIsolates 2', 'SSRQueue 50 30s',
        'SSREngine on',
        # two hosts inherit all of it: loaded, and reported, once
        ("<VirtualHost 127.0.0.1:\${PORT}>\n</VirtualHost>") x 2,
        'SSRBundle good "${TOP}/bundles/hostile/good.js"', 'SSRMap / good',
        map { (qq{SSRBundle $_ "\${TOP}/bundles/hostile/$_.js"},
            "SSRMap /$_ $_") } @bundles;
}

my $server = own_server(config => config(@broken));
for my $round (1, 2) {
    is $server->get('/page')->body, '<p>good /page</p>', "good ($round)";
    for my $bundle (@broken) {
        my $r = $server->get("/$bundle");
        is $r->status, 500, "$bundle: 500 ($round)";
        is $r->header('Retry-After'), undef, "$bundle: trying again is no use";
        unlike $r->body, qr/$bundle\.js/, "$bundle: the client sees no path";
    }
}
for my $bundle (@broken) {
    ok wait_for { log_lines($server, qr/V8SSR0003: bundle $bundle /) >= 2 },
        "$bundle: reported by each child";
    is scalar(log_lines($server, qr/V8SSR0003: bundle $bundle /)), 2,
        "$bundle: once";
    like +(log_lines($server, qr/V8SSR0013: bundle $bundle, GET \/$bundle: /))[0],
        qr/did not load: \S+$bundle\.js/, "$bundle: a request says why";
}

# A script that loops while it loads holds everybody up until its limit only.
my $began = time;
my $looping = own_server(children => 1, limit => 1,
    config => config('loops-at-load'));
is $looping->get('/page')->body, '<p>good /page</p>', 'looping: good';
cmp_ok time - $began, '<', 14, 'looping: in time';
is $looping->get('/loops-at-load')->status, 500, 'looping: 500';
like +(log_lines($looping, qr/V8SSR0003: bundle loops-at-load /))[0],
    qr/loops-at-load\.js:4:3: .*10000 ms/, 'looping: place and limit';

# A file that is gone when a later child starts: all serve what was read.
my $own = prepare_server(children => 1, limit => 2);
my $file = "$own->{root}/late.js";
sub write_bundle {
    open my $fh, '>', $file or die "$file: $!";
    print {$fh} "globalThis.renderPage = () => '<p>late</p>';\n";
    close $fh or die "$file: $!";
    chmod 0644, $file;
}
write_bundle();
$own->configure(config() . qq{\nMaxConnectionsPerChild 5\nSSRBundle late "$file"\n}
    . "SSRMap /late late\n");
$own->launch->wait_up;
is $own->get('/late')->body, '<p>late</p>', 'late: served while it is there';
my ($first) = $own->children;
unlink $file or die $!;
ok wait_for { eval { $own->get('/page') }; !grep { $_ == $first } $own->children },
    'late: the child is replaced';
is $own->get('/late')->body, '<p>late</p>', 'late: by its successor, too';
is $own->get('/page')->status, 200, 'late: the others are served';

done_testing;

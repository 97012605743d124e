# SPDX-License-Identifier: Apache-2.0
#
# SSRImageDir: an image is made once, found by restarts, later starts and other
# httpds, and not trusted when anything about it is odd.
use strict;
use warnings;
use Digest::SHA qw(sha1_hex);
use V8Test;
use V8Test::Helper;

expect_log(qw(V8SSR0046 V8SSR0047 V8SSR0048));

my $server = prepare_server(children => 1, limit => 2);
my $images = "$server->{root}/images";
my $helper = V8Test::Helper->new($server);

sub put {
    my ($file, $text) = @_;
    open my $fh, '>', $file or die "$file: $!";
    print {$fh} $text;
    close $fh or die "$file: $!";
    chmod 0644, $file;
}
sub script {
    put("$server->{root}/live.js",
        "console.info('evaluated');\nconst born = '$_[0]';\nglobalThis.renderPage = () => `<p>\${born}</p>`;\n");
}
sub config {
    my (%o) = @_;
    return "SSRHelper " . ($o{helper} || $helper->path) . "\nSSRImageDir "
        . ($o{dir} || $images) . "\nSSREngine on\nSSRBundle live \"$server->{root}/live.js\" "
        . ($o{options} || '');
}
my $mark = 0;
sub since { return grep { /$_[0]/ } split /\n/, substr $server->log_text, $mark }
sub files { return map { s{.*/}{}r } sort glob "$images/*" }
sub built { return scalar grep { /^snapshot -t / } $helper->runs }
sub start {
    my (%o) = @_;
    $server->stop;
    $mark = length $server->log_text;
    $server->configure(config(%o));
    $server->launch->wait_up;
    return $server->get('/')->body;
}
sub restart {
    my ($why) = @_;
    my @old = $server->children;
    $mark = length $server->log_text;
    ok $server->graceful, "$why: restarted";
    ok wait_for { my %now = map { $_ => 1 } $server->children;
        %now && !grep { $now{$_} } @old }, "$why: the old child has left";
    return $server->get('/')->body;
}

# --- made once ---------------------------------------------------------------

script('one');
$server->configure(config());
is +($server->configtest)[0], 0, 'configtest';
ok !-e $images, 'configtest makes no image';
$helper->runs;
is start(), '<p>one</p>', 'start: rendered';
is built(), 1, 'start: made, once';
my @first = files();
is scalar @first, 1, 'start: one file' or diag "@first";
like $first[0], qr/^[0-9a-f]{40}\.v8img$/, 'start: named after its key';
my @stat = stat $images;
is sprintf('%o', $stat[2] & 07777), '700', 'its directory is closed to others';
@stat = stat "$images/$first[0]";
is sprintf('%o', $stat[2] & 07777), '600', 'and so is the file';
like +(since(qr/V8SSR0050/))[0], qr/startup image \w{40}, \d+ bytes, made in/, 'start: said so';
my ($child) = $server->children;
my $maps = do { local (@ARGV, $/) = "/proc/$child/maps"; <> };
like $maps, qr/ r--p .* \Q$images\/$first[0]\E$/m, 'children have it mapped, to read only';

is scalar since(qr/V8SSR0004: .*evaluated/), 0, 'and start from it: none evaluates the script';

is restart('the same'), '<p>one</p>', 'the same: rendered';
is built(), 0, 'the same: not made again';
is start(), '<p>one</p>', 'a second start: rendered';
is built(), 0, 'a second start: found';
like +(since(qr/V8SSR0050/))[0], qr/bytes, found in/, 'a second start: said so';

# --- another script, and back ------------------------------------------------

script('two');
is restart('another'), '<p>two</p>', 'another: rendered';
is built(), 1, 'another: made';
is scalar files(), 2, 'another: beside the first';
my $parent_maps = sub {
    local (@ARGV, $/) = "/proc/" . $server->pid . "/maps";
    return scalar(() = <> =~ /\.v8img$/mg);
};
is $parent_maps->(), 1, 'another: the parent let go of the first';
script('one');
is restart('back'), '<p>one</p>', 'back: rendered';
is built(), 0, 'back: found';

# Unused for more than a day; what is not ours stays.
put("$images/notes.txt", 'mine');
my ($second) = grep { $_ ne $first[0] } files();
put("$images/" . 'a' x 40 . '.99.new', 'left by a crash');
utime time - 90000, time - 90000, glob "$images/*";
is start(), '<p>one</p>', 'old: rendered';
is_deeply [files()], [sort $first[0], 'notes.txt'], 'old: removed, but what is used';
unlink "$images/notes.txt";

# --- not trusted -------------------------------------------------------------

# Changes the image and keeps the file's head true of it.
sub rewrite {
    my ($file, $change) = @_;
    open my $fh, '+<:raw', $file or die "$file: $!";
    my $image = do { local $/; substr <$fh>, 64 };
    $change->($image);
    seek $fh, 0, 0;
    printf {$fh} "%-63s\n%s", 'mod_v8ssr image 1 ' . sha1_hex($image), $image;
    close $fh or die "$file: $!";
}

for my $row (
    ['damaged', sub { open my $fh, '+<', $_[0] or die $!; seek $fh, -1, 2; print {$fh} '!' },
        'it is not what was written'],
    ['damaged head', sub { open my $fh, '+<', $_[0] or die $!; print {$fh} 'M' },
        'it is not what was written'],
    ['another library\'s', sub { rewrite($_[0], sub { $_[0] =~ s/\A./x/s }) }, 'this is no image'],
    ['cut', sub { truncate $_[0], 64 or die $! }, 'it has no size of an image'],
    ['open to others', sub { chmod 0622, $_[0] or die $! }, 'others may write to it'],
    ['a link', sub { rename $_[0], "$server->{root}/kept" or die $!;
        symlink "$server->{root}/kept", $_[0] or die $! }, 'Too many levels of symbolic links'],
    ($> == 0 ? ['another user\'s', sub { chown 1, 1, $_[0] or die $! },
        'it belongs to user 1, not to 0'] : ()),
) {
    my ($what, $spoil, $why) = @$row;
    $helper->runs;
    $server->stop;
    $spoil->("$images/$first[0]");
    is start(), '<p>one</p>', "$what: rendered";
    is built(), 1, "$what: made anew";
    my @said = since(qr/V8SSR004[678]/);
    is scalar @said, 1, "$what: one line";
    like $said[0], qr/V8SSR0047: image \w{40} .*: \Q$why\E$/, "$what: says why";
    is start(), '<p>one</p>', "$what: the next start";
    is built(), 0, "$what: finds it";
}

# --- shared ------------------------------------------------------------------

my $other = prepare_server(children => 1, limit => 2, config => config());
$helper->runs;
$other->launch->wait_up;
is $other->get('/')->body, '<p>one</p>', 'a second httpd: rendered';
is built(), 0, 'a second httpd: found what the first made';
$other->stop;

# --- no directory ------------------------------------------------------------

put("$server->{root}/file", '');
mkdir "$server->{root}/open" or die $!;
chmod 0777, "$server->{root}/open";
for my $row (["$server->{root}/file", 'cannot be opened: Not a directory'],
    ["$server->{root}/no/such", 'cannot be made: No such file or directory'],
    ["$server->{root}/open", 'others may write to it']) {
    my ($dir, $why) = @$row;
    is start(dir => $dir), '<p>one</p>', "$why: rendered";
    is built(), 1, "$why: made";
    like join("\n", since(qr/V8SSR0046/)), qr/SSRImageDir \Q$dir\E cannot be used, [^\n]*\Q$why\E$/,
        "$why: said";
    ($child) = $server->children;
    like do { local (@ARGV, $/) = "/proc/$child/maps"; <> }, qr/ r--p .*memfd:v8ssr image/,
        "$why: children have it all the same";
    is restart($why), '<p>one</p>', "$why: a restart renders";
    is built(), 0, "$why: and does not make it again";
}

# --- no image ----------------------------------------------------------------

put("$server->{root}/fails", "#!/bin/sh\n[ \$1 = check ] || { echo 'out of ideas' >&2; exit 1; }\n");
chmod 0755, "$server->{root}/fails";
is start(helper => "$server->{root}/fails"), '<p>one</p>', 'a failure: rendered';
like join("\n", since(qr/V8SSR0048/)), qr/V8SSR0048: no startup image, [^\n]*: out of ideas$/,
    'a failure: said why';
is scalar since(qr/V8SSR0048/), 1, 'a failure: once';
put("$server->{root}/chats", "#!/bin/sh\n[ \$1 = check ] || printf '%0512d' 7\n");
chmod 0755, "$server->{root}/chats";
is start(helper => "$server->{root}/chats"), '<p>one</p>', 'no image came: rendered';
like join("\n", since(qr/V8SSR0048/)), qr/evaluate their bundles: this is no image$/,
    'no image came: said so';

# Its first page, which is rendered to compile the code, never comes.
put("$server->{root}/live.js", "globalThis.renderPage = (url) => {\n"
    . "  while (url === '/');\n  return `<p>\${url}</p>`;\n};\n");
for my $options ('', 'snapshot=off') {
    $server->stop;
    $mark = length $server->log_text;
    $server->configure(config(options => $options) . "\nSSRLoadTimeout 10m");
    $server->launch->wait_up;
    is $server->get('/x')->body, '<p>/x</p>', "a page that loops: rendered $options";
    is scalar since(qr/V8SSR0050: .* made in/), 1, "a page that loops: an image all the same $options";
}
# Nor can V8 end it: it costs the others nothing, and is named.
put("$server->{root}/deaf.js", "globalThis.renderPage = (url) => url !== '/' ? '<p>deaf</p>'\n"
    . "  : Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);\n");
script('beside');
$server->stop;
$mark = length $server->log_text;
$server->configure(config() . "\nSSRBundle deaf \"$server->{root}/deaf.js\"\nSSRLoadTimeout 1s\n"
    . "SSRMap / live\nSSRMap /deaf deaf");
$server->launch->wait_up(120);
is $server->get('/')->body, '<p>beside</p>', 'beside an endless page: rendered';
is $server->get('/deaf')->body, '<p>deaf</p>', 'beside an endless page: the other is as well';
is scalar since(qr/V8SSR0050: .* made in/), 1, 'beside an endless page: an image';
is scalar since(qr/V8SSR0004: bundle live, outside a render: console: evaluated/), 0,
    'beside an endless page: the good bundle starts from it';
like join("\n", since(qr/V8SSR0049/)), qr/V8SSR0049: bundle deaf: not in the image: .*not done after 6 s$/,
    'beside an endless page: which one it is';

script('one');
$helper->runs;
is start(options => 'snapshot=off'), '<p>one</p>', 'snapshot=off: rendered';
is built(), 1, 'snapshot=off: another image';

done_testing;

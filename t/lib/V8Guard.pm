# SPDX-License-Identifier: Apache-2.0
#
# For the guards: the files of the source tree and what is in them.
package V8Guard;
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Find;
use File::Path qw(make_path);
use File::Basename qw(dirname);
use Test::More ();
use Exporter 'import';

our @EXPORT = (@Test::More::EXPORT,
    qw($srcdir $builddir sources text lines none npm_copy npm_build));
Test::More->import;

our $srcdir = abs_path($ENV{srcdir} || dirname(__FILE__) . '/../..');
our $builddir = abs_path($ENV{builddir} || '.');

# What autoreconf, configure, make, npm and editors leave.
my $LEFT = qr{^(?:\.git|autom4te\.cache|build-aux|build|t/stage|t/npm)/
    |(?:^|/)(?:node_modules|\.build|\.libs|\.deps)/|^configure$|^aclocal\.m4$
    |^config\.(?:h|log|status)|^Makefile(?:\.in)?$|^libtool$|^stamp-h1$
    |^apxs-build/(?:libtool|lt[^/]*)\.m4$|~$|\.(?:o|lo|la|so|png|br)$}x;

# Every file of the project (path relative to srcdir) that matches.
my @all;

sub sources {
    my ($pattern) = @_;
    if (!@all) {
        @all = split /\0/, `git -C '$srcdir' ls-files -z -co --exclude-standard 2>/dev/null`;
        find({ no_chdir => 1, wanted => sub {
            push @all, s{^\Q$srcdir\E/}{}r if -f;
        } }, $srcdir) if !@all;
        @all = sort grep { !/$LEFT/ && -f "$srcdir/$_" } @all;
    }
    return grep { /$pattern/ } @all;
}

sub text {
    my ($file) = @_;
    open my $fh, '<', "$srcdir/$file" or return '';
    local $/;
    return scalar(<$fh>) // '';
}

sub lines { return split /\n/, text(@_) }

# One test: there must be none of these.
sub none {
    my ($name, @found) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return Test::More::ok(!@found, $name)
        || Test::More::diag(join "\n", map { "  $_" } @found);
}

# A copy of a folder that npm builds, below t/npm, with its packages, which stay
# there from one run to the next.
sub npm_copy {
    my ($folder) = @_;
    my $copy = "$builddir/t/npm/" . $folder =~ s{.*/}{}r;
    my $lock = "$copy/node_modules/.installed-lock";
    make_path($copy);
    system("cd '$copy' && find . -mindepth 1 -maxdepth 1 ! -name node_modules "
        . '-exec rm -rf {} +') == 0 or die 'rm failed';
    for my $file (sources(qr{^\Q$folder\E/})) {
        my $to = "$copy/" . $file =~ s{^\Q$folder\E/}{}r;
        make_path($to =~ s{/[^/]+$}{}r);
        system('cp', "$srcdir/$file", $to) == 0 or die "cp $file failed";
    }
    # sources() leaves compressed files out
    system("cp -R '$srcdir/$folder/dist' '$copy/' && chmod -R u+w '$copy/dist'")
        == 0 or die 'cp failed';
    if (system("cmp -s '$copy/package-lock.json' '$lock'") != 0) {
        my $output = `cd '$copy' && npm ci --no-audit --no-fund 2>&1`;
        Test::More::is($?, 0, 'npm ci') or Test::More::diag($output);
        system('cp', "$copy/package-lock.json", $lock);
    }
    return $copy;
}

# What build.mjs says there; its exit status is in $?.
sub npm_build {
    my ($copy, @arguments) = @_;
    return scalar `cd '$copy' && node build.mjs @arguments 2>&1`;
}

1;

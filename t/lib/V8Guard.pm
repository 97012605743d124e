# SPDX-License-Identifier: Apache-2.0
#
# For the guards: the files of the source tree and what is in them.
package V8Guard;
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Find;
use File::Basename qw(dirname);
use Test::More ();
use Exporter 'import';

our @EXPORT = (@Test::More::EXPORT,
    qw($srcdir $builddir sources text lines none));
Test::More->import;

our $srcdir = abs_path($ENV{srcdir} || dirname(__FILE__) . '/../..');
our $builddir = abs_path($ENV{builddir} || '.');

# What autoreconf, configure, make, npm and editors leave.
my $LEFT = qr{^(?:\.git|autom4te\.cache|build-aux|build|t/stage|t/npm)/
    |(?:^|/)(?:node_modules|\.libs|\.deps)/|^configure$|^aclocal\.m4$
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

1;

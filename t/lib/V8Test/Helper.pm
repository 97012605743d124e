# SPDX-License-Identifier: Apache-2.0
#
# An SSRHelper that tells how it was called.  Through a pipe with a name: it
# may write no file, and inherits nothing.
package V8Test::Helper;
use strict;
use warnings;
use Fcntl qw(O_RDWR O_NONBLOCK);
use POSIX ();

# commands: shell text in place of the real program's, by the first argument.
sub new {
    my ($class, $server, %commands) = @_;
    my $self = bless { path => "$server->{root}/helper",
        pipe => "$server->{root}/helper.pipe" }, $class;
    POSIX::mkfifo($self->{pipe}, 0666) or die "$self->{pipe}: $!\n";
    chmod 0666, $self->{pipe};
    sysopen $self->{in}, $self->{pipe}, O_RDWR | O_NONBLOCK
        or die "$self->{pipe}: $!\n";
    my $cases = join '', map { "$_) $commands{$_} ;;\n" } sort keys %commands;
    open my $fh, '>', $self->{path} or die "$self->{path}: $!\n";
    print {$fh} "#!/bin/sh\necho \"\$*\" >$self->{pipe}\ncase \$1 in\n$cases"
        . "*) exec $server->{top}/lib/v8ssr \"\$@\" ;;\nesac\n";
    close $fh or die "$self->{path}: $!\n";
    chmod 0755, $self->{path};
    return $self;
}

sub path { return $_[0]{path} }

# The calls since the last time it was asked: one line each.
sub runs {
    my ($self) = @_;
    my $text = '';
    while (sysread $self->{in}, my $more, 65536) { $text .= $more }
    return split /\n/, $text;
}

1;

# SPDX-License-Identifier: Apache-2.0
#
# A memcached of a test's own, on a free port; it ends with the test.
package V8Test::Memcached;
use strict;
use warnings;
use IO::Socket::INET;
use POSIX ();
use V8Test::Server;

sub new {
    my ($class) = @_;
    return bless({ port => V8Test::Server::free_port() }, $class)->start;
}

sub address { return "127.0.0.1:$_[0]{port}" }

sub _connect {
    my ($self) = @_;
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Timeout => 5);
}

# Empty, as it always is after a start.
sub start {
    my ($self) = @_;
    my @user = $> == 0 ? (-u => 'nobody') : ();
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        { exec qw(setpriv --pdeathsig KILL memcached -l 127.0.0.1 -U 0 -t 1 -m 64 -p), $self->{port}, @user }
        POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    V8Test::Server::wait_for { $self->_connect } or die "memcached does not start\n";
    return $self;
}

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    return;
}

# Takes connections, as the kernel does that for it, and says nothing.
sub freeze {
    my ($self) = @_;
    kill 'STOP', $self->{pid};
    waitpid $self->{pid}, POSIX::WUNTRACED();
    return;
}

sub thaw { return kill 'CONT', $_[0]{pid} }

# The answer to a command of its text protocol whose last line is END.
sub says {
    my ($self, $command) = @_;
    my $socket = $self->_connect or return '';
    my $text = '';
    print {$socket} "$command\r\n";
    while (my $line = <$socket>) {
        $text .= $line;
        last if $line =~ /^END\r?$/;
    }
    return $text;
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!, $@);
    $self->stop;
}

1;

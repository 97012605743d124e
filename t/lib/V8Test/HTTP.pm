# SPDX-License-Identifier: Apache-2.0
#
# An HTTP/1.1 client that hides nothing: one connection, requests sent as
# given, responses with every header line in order.  Sending and reading are
# apart, so that many requests can be in flight without threads.
package V8Test::HTTP;
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);

our $TIMEOUT = 30;

# more: of IO::Socket::INET, such as LocalAddr.
sub new {
    my ($class, $port, %more) = @_;
    my $socket = IO::Socket::INET->new(
        PeerAddr => '127.0.0.1', PeerPort => $port, Proto => 'tcp',
        Timeout => 10, %more) or die "connect to port $port: $@\n";
    binmode $socket;
    return bless { socket => $socket, buffer => '' }, $class;
}

# headers: name => value pairs; Host may be among them.
sub send {
    my ($self, $method, $target, %headers) = @_;
    my $body = delete $headers{body};
    $headers{Host} //= '127.0.0.1';
    $headers{'Content-Length'} = length $body if defined $body;
    my $text = join '', "$method $target HTTP/1.1\r\n",
        (map { "$_: $headers{$_}\r\n" } sort keys %headers), "\r\n",
        $body // '';
    $self->{method} = $method;
    local $SIG{PIPE} = 'IGNORE';
    my $sent = syswrite $self->{socket}, $text;
    die "send: $!\n" unless defined $sent && $sent == length $text;
    return $self;
}

# Appends what comes next; false at the end of the stream.
sub _more {
    my ($self, $until) = @_;
    my $left = $until - time;
    die "no answer in time; so far: $self->{buffer}\n"
        if $left <= 0 || !IO::Select->new($self->{socket})->can_read($left);
    my $got = sysread $self->{socket}, $self->{buffer}, 65536,
        length $self->{buffer};
    die "read: $!\n" unless defined $got;
    return $got;
}

sub _take {
    my ($self, $length, $until) = @_;
    while (length $self->{buffer} < $length) {
        $self->_more($until) or die "the response ends too early\n";
    }
    return substr $self->{buffer}, 0, $length, '';
}

sub _take_line {
    my ($self, $until) = @_;
    until ($self->{buffer} =~ /\r\n/) {
        $self->_more($until) or die "the response ends too early\n";
    }
    $self->{buffer} =~ s/^(.*?)\r\n//s;
    return $1;
}

sub _take_chunks {
    my ($self, $until) = @_;
    my $body = '';
    while ((my $size = hex $self->_take_line($until)) > 0) {
        $body .= $self->_take($size, $until);
        $self->_take_line($until);
    }
    1 while $self->_take_line($until) ne '';
    return $body;
}

sub _take_body {
    my ($self, $response, $until) = @_;
    my $length = $response->header('Content-Length');
    return '' if $self->{method} eq 'HEAD' || $response->status == 304;
    return $self->_take_chunks($until)
        if ($response->header('Transfer-Encoding') // '') eq 'chunked';
    return $self->_take($length, $until) if defined $length;
    1 while $self->_more($until);
    return $self->_take(length $self->{buffer}, $until);
}

# Dies when the response is not whole in time.
sub read {
    my ($self, $timeout) = @_;
    my $until = time + ($timeout || $TIMEOUT);
    my $line = $self->_take_line($until);
    $line =~ m{^HTTP/1\.[01] (\d{3})} or die "no status line: $line\n";
    my $response = bless { status => $1, fields => [] },
        'V8Test::HTTP::Response';
    while ((my $field = $self->_take_line($until)) ne '') {
        my ($name, $value) = $field =~ /^([^:\s]+):\s*(.*?)\s*$/
            or die "no header field: $field\n";
        push @{ $response->{fields} }, [$name, $value];
    }
    $response->{body} = $self->_take_body($response, $until);
    return $response;
}

# Whether this is in what has come of the response so far, or comes in time;
# read() gives it all the same.
sub has_come {
    my ($self, $pattern, $timeout) = @_;
    my $until = time + ($timeout // $TIMEOUT);
    while ($self->{buffer} !~ $pattern) {
        my $left = $until - time;
        return 0 if $left < 0 || !IO::Select->new($self->{socket})->can_read($left);
        $self->_more($until + 1) or return $self->{buffer} =~ $pattern;
    }
    return 1;
}

# All bytes until the server closes.
sub raw {
    my ($self) = @_;
    my $until = time + $TIMEOUT;
    1 while $self->_more($until);
    return $self->{buffer};
}

# Bytes that came after the last response: a HEAD with a body, for one.
sub rest {
    my ($self) = @_;
    $self->_more(time + 1) if IO::Select->new($self->{socket})->can_read(0.2);
    return $self->{buffer};
}

package V8Test::HTTP::Response;

sub status { return $_[0]{status} }
sub body   { return $_[0]{body} }

# All values in the order sent, and the first of them (or undef).
sub headers {
    my ($self, $name) = @_;
    return map { lc $_->[0] eq lc $name ? $_->[1] : () } @{ $self->{fields} };
}

sub header { my ($first) = headers(@_); return $first }

sub names { return map { $_->[0] } @{ $_[0]{fields} } }

1;

# SPDX-License-Identifier: Apache-2.0
#
# An HTTP/2 client of single frames, for what no proper client sends.  It has no
# compression, and reads of an answer's head no more than a status of the static
# table.
package V8Test::HTTP2;
use strict;
use warnings;
use IO::Select;
use Time::HiRes qw(time);
use V8Test::HTTP;

our %TYPE = (DATA => 0, HEADERS => 1, PRIORITY => 2, RST_STREAM => 3, SETTINGS => 4, PUSH_PROMISE => 5, PING => 6,
    GOAWAY => 7, WINDOW_UPDATE => 8, CONTINUATION => 9);
my %NAME = reverse %TYPE;
my %STATUS = (0x88 => 200, 0x89 => 204, 0x8a => 206, 0x8b => 304, 0x8c => 400, 0x8d => 404, 0x8e => 500); # RFC 7541, A
my $END_STREAM = 1;
my $END_HEADERS = 4;

# settings: id => value.
sub new {
    my ($class, $server, %settings) = @_;
    my $self = bless { socket => V8Test::HTTP->new($server->{port})->{socket}, buffer => '', next => 1, seen => [] }, $class;
    $self->bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    return $self->frame(SETTINGS => 0, 0, join '', map { pack 'nN', $_, $settings{$_} } sort keys %settings);
}

sub bytes {
    my ($self, $bytes) = @_;
    local $SIG{PIPE} = 'IGNORE';
    while (length $bytes) {
        my $n = syswrite $self->{socket}, $bytes;
        last unless $n; # it has been told to go
        substr $bytes, 0, $n, '';
    }
    return $self;
}

sub frame {
    my ($self, $type, $flags, $stream, $payload) = @_;
    return $self->bytes(substr(pack('N', length $payload), 1) . pack('CCN', $TYPE{$type} // $type, $flags, $stream) . $payload);
}

sub _length { my ($n) = @_; return $n < 127 ? chr $n : chr(127) . ($n - 127 < 128 ? chr($n - 127) : _rest($n - 127)) }
sub _rest { my ($n) = @_; my $s = ''; while ($n >= 128) { $s .= chr($n % 128 + 128); $n = int $n / 128 } return $s . chr $n }

# Literals that no table remembers.
sub block { return join '', map { my ($name, $value) = @$_; "\0" . _length(length $name) . $name . _length(length $value) . $value } @_ }

sub get_block {
    my ($path, @more) = @_;
    return block([':method', 'GET'], [':scheme', 'http'], [':authority', '127.0.0.1'], [':path', $path], @more);
}

# Sends a request; its stream.
sub request {
    my ($self, $block) = @_;
    my $stream = $self->{next};
    $self->{next} += 2;
    $self->frame(HEADERS => $END_STREAM | $END_HEADERS, $stream, $block);
    return $stream;
}

sub reset { my ($self, $stream) = @_; return $self->frame(RST_STREAM => 0, $stream, pack 'N', 8) }

# The next frame in time: { type, flags, stream, payload }, or undef at the end
# or when none comes.
sub next {
    my ($self, $until) = @_;
    for (;;) {
        my $length = length $self->{buffer} >= 9 ? unpack('N', "\0" . substr $self->{buffer}, 0, 3) : -1;
        if ($length >= 0 && length $self->{buffer} >= 9 + $length) {
            my (undef, $type, $flags, $stream) = unpack 'a3CCN', substr $self->{buffer}, 0, 9, '';
            return { type => $NAME{$type} // $type, flags => $flags, stream => $stream & 0x7fffffff,
                payload => substr $self->{buffer}, 0, $length, '' };
        }
        my $left = $until - time;
        return if $left <= 0 || !IO::Select->new($self->{socket})->can_read($left);
        my $got = sysread $self->{socket}, $self->{buffer}, 65536, length $self->{buffer};
        return if !$got;
    }
}

# What comes of a stream: (its status, its body), ('reset'), ('gone') when the
# connection is told to end.
sub outcome {
    my ($self, $stream, $timeout) = @_;
    my ($until, $status, $body) = (time + ($timeout // 20), undef, '');
    while (my $f = $self->next($until)) {
        return ('gone') if $f->{type} eq 'GOAWAY';
        next if $f->{stream} != $stream;
        return ('reset') if $f->{type} eq 'RST_STREAM';
        $status = $STATUS{ ord $f->{payload} } // 'another' if $f->{type} eq 'HEADERS';
        $body .= $f->{payload} if $f->{type} eq 'DATA';
        return ($status, $body) if $f->{flags} & $END_STREAM;
    }
    return ('gone');
}

1;

# SPDX-License-Identifier: Apache-2.0
#
# One httpd: the suite's own (main) or one that a test starts for itself with
# start().  A started one ends with the test at the latest: it gets SIGTERM
# when the test process dies, however that happens.
package V8Test::Server;
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Path qw(make_path);
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep time);
use V8Test::HTTP;
use V8Test::Stage;

my $count = 0;

sub wait_for(&;$) {
    my ($condition, $timeout) = @_;
    my $until = time + ($timeout || 20);
    until ($condition->()) {
        return 0 if time > $until;
        sleep 0.02;
    }
    return 1;
}

# The server t/TEST started.
sub main {
    my ($class) = @_;
    require Apache::Test;
    my $vars = Apache::Test::vars();
    return bless {
        top => $vars->{top_dir}, port => $vars->{port}, main => 1,
        log => "$vars->{t_logs}/error_log", pid_file => $vars->{t_pid_file},
        conf => $vars->{t_conf_file}, root => $vars->{serverroot},
        documents => $vars->{documentroot}
    }, $class;
}

sub free_port {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        LocalPort => 0, Proto => 'tcp', Listen => 1) or die "no port: $!\n";
    return $socket->sockport;
}

# config => text, appended to the template; children, threads, limit
# (ServerLimit), documents (DocumentRoot).  ${TOP} and ${PORT} are defined.
sub prepare {
    my ($class, %o) = @_;
    my $top = $ENV{V8TEST_STAGE} or die "V8TEST_STAGE is not set\n";
    my ($test) = $0 =~ m{([^/]+?)(?:\.t)?$};
    my $root = "$top/t/logs/$test-$$-" . ++$count;
    make_path("$root/htdocs");
    my $self = bless {
        top => $top, root => $root, log => "$root/error_log",
        pid_file => "$root/httpd.pid", conf => "$root/httpd.conf",
        documents => $o{documents} || "$root/htdocs", port => free_port(), %o
    }, $class;
    $self->configure($o{config} // '');
    return $self;
}

sub start {
    my ($class, %o) = @_;
    my $self = $class->prepare(%o);
    $self->launch;
    $self->wait_up or die "httpd did not start: " . $self->log_text;
    return $self;
}

sub _slurp {
    my ($file) = @_;
    open my $fh, '<', $file or return '';
    local $/;
    return scalar(<$fh>) // '';
}

sub _template {
    my ($file, $value) = @_;
    my $text = _slurp($file);
    $text =~ s{\@(\w+)\@}{$value->{lc $1} // die "unknown \@$1\@\n"}ge;
    return $text;
}

# Writes the configuration file anew: for a graceful restart.
sub configure {
    my ($self, $text) = @_;
    my %value = (
        port => $self->{port}, serverroot => $self->{root},
        documentroot => $self->{documents}, t_pid_file => $self->{pid_file},
        t_logs => $self->{root}, threadsperchild => $self->{threads} || 8,
        servers => $self->{children} || 2,
        serverlimit => $self->{limit} || 4
    );
    my $maximum = $value{threadsperchild} * $value{serverlimit};
    $value{maxclientsthreadedmpm} = $maximum;
    my @user = $> == 0 ? V8Test::Stage::nobody() : ();
    my $whole = join "\n", "Define TOP \"$self->{top}\"",
        "Define PORT $self->{port}", "Include \"$self->{top}/lib/modules.conf\"",
        (@user ? ("User $user[0]", "Group $user[1]") : ()),
        "LoadModule v8ssr_module \"$self->{top}/lib/mod_v8ssr.so\"",
        "SSRHelper \"$self->{top}/lib/v8ssr\"",
        'SSRCPUTimeLimit off', # pages of tests keep an isolate busy at will
        'SSRPoison off', # and tests kill children
        _template("$self->{top}/t/conf/httpd.conf.in", \%value), $text, '';
    open my $fh, '>', $self->{conf} or die "$self->{conf}: $!\n";
    print {$fh} $whole;
    close $fh or die "$self->{conf}: $!\n";
}

sub launch {
    my ($self) = @_;
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        POSIX::setpgid(0, 0); # Ctrl-C is for the test, not for its server
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$self->{root}/stdout";
        open STDERR, '>&', \*STDOUT;
        { exec 'setpriv', '--pdeathsig', 'TERM', "$self->{top}/lib/httpd",
            '-d', $self->{root}, '-f', $self->{conf}, '-DFOREGROUND' }
        POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    return $self;
}

sub wait_up {
    my ($self, $timeout) = @_;
    return wait_for {
        die 'httpd ended at once: ' . _slurp("$self->{root}/stdout")
            . $self->log_text . "\n"
            if waitpid($self->{pid}, POSIX::WNOHANG()) > 0
            && (delete $self->{pid}, 1);
        # The pid is written when the helpers have ended, the children come after.
        -s $self->{pid_file} && eval { V8Test::HTTP->new($self->{port}) }
            && scalar(my @children = $self->children);
    } $timeout || 60; # each bundle is evaluated first, and a snapshot made
}

sub pid {
    my ($self) = @_;
    my ($pid) = _slurp($self->{pid_file}) =~ /^(\d+)/;
    return $self->{pid} || $pid || 0;
}

# The child processes that are there now, sorted.
sub children_of {
    my ($parent) = @_;
    my @pids;
    for my $stat (glob '/proc/[0-9]*/stat') {
        my ($pid, $state, $ppid) =
            _slurp($stat) =~ /^(\d+) \(.*\) (\S) (\d+)/s or next;
        push @pids, $pid if $ppid == $parent && $state ne 'Z';
    }
    @pids = sort { $a <=> $b } @pids;
    return @pids;
}

sub children { return children_of($_[0]->pid) }

# Seconds until it has ended; -1 when it had to be killed.
sub wait_end {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return 0;
    my $began = time;
    my @children = children_of($pid);
    return time - $began
        if wait_for { waitpid($pid, POSIX::WNOHANG()) != 0 };
    kill 'KILL', $pid, @children;
    waitpid $pid, 0;
    return -1;
}

sub _is_settled {
    my ($self) = @_;
    my $port = sprintf '%04X', $self->{port};
    return 0 if _slurp('/proc/net/tcp') =~ /^\s*\d+: \w+:$port \w+:\w+ 08 /m; # CLOSE_WAIT
    return !grep { _slurp($_) =~ /^\d+ \(.*\) R /s }
        map { glob "/proc/$_/task/*/stat" } $self->children;
}

# As `apachectl stop`, once the children have seen which clients have gone:
# mpm_event 2.4.71 looks at the sockets of its workers when it is told to stop,
# also at one whose memory a worker gives back at that moment, and may crash
# (seen without mod_v8ssr, 1 of 400 stops).  Renders that go on do not settle.
sub stop {
    my ($self) = @_;
    if ($self->{pid}) {
        wait_for { $self->_is_settled } 0.5;
        kill 'TERM', $self->{pid};
    }
    return $self->wait_end;
}

# SIGUSR1 is what `apachectl graceful` sends.  Returns when the children of
# the new configuration answer; the old ones may still be there.
sub graceful {
    my ($self) = @_;
    my $mark = length $self->log_text;
    kill 'USR1', $self->pid or die "graceful: $!\n";
    return wait_for {
        substr($self->log_text, $mark) =~ /AH00489: .*resuming normal/;
    };
}

sub log_text { return _slurp($_[0]{log}) }

# A file below the server's folder, its children's to read; there at once as a
# whole, as a deploy has it.  Returns its path.
sub put {
    my ($self, $name, $text) = @_;
    my $file = "$self->{root}/$name";
    make_path(dirname($file));
    open my $fh, '>', "$file.new" or die "$file: $!\n";
    print {$fh} $text;
    close $fh or die "$file: $!\n";
    chmod 0644, "$file.new";
    rename "$file.new", $file or die "$file: $!\n";
    return $file;
}

sub connect { return V8Test::HTTP->new($_[0]{port}) }

# One request on a connection of its own.
sub request {
    my ($self, $method, $target, %headers) = @_;
    return $self->connect->send($method, $target, Connection => 'close',
        %headers)->read;
}

sub get { my $self = shift; return $self->request('GET', @_) }

sub _is_stopped {
    my ($pid) = @_;
    return !grep { _slurp($_) !~ /^\d+ \(.*\) [Tt] /s } glob "/proc/$pid/task/*/stat";
}

# get(), answered by this child: the others are stopped meanwhile.
sub get_from {
    my ($self, $pid, @request) = @_;
    my @others = grep { $_ != $pid } $self->children;
    kill 'STOP', @others;
    my $response = eval {
        wait_for { !grep { !_is_stopped($_) } @others } or die "no stop\n";
        $self->get(@request);
    };
    my $why = $@;
    kill 'CONT', @others;
    return $response || die $why;
}

# Whether some thread works on this URL.  The page escapes it as HTML.
sub is_in_flight {
    my ($self, $target) = @_;
    return $self->get('/server-status')->body
        =~ /\Q${\($target =~ s{&}{&amp;}gr)}\E/;
}

# (exit status, output) of `httpd -t` for this configuration.
sub configtest {
    my ($self) = @_;
    my $output = `"$self->{top}/lib/httpd" -d "$self->{root}" -f "$self->{conf}" -t 2>&1`;
    return ($? >> 8, $output);
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!, $@);
    $self->stop if $self->{pid};
}

1;

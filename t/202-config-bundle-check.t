# SPDX-License-Identifier: Apache-2.0
#
# configtest and a start check every bundle in a process of its own; what is
# wrong is one message with the place, and httpd does not start.
use strict;
use warnings;
use Errno ();
use V8Test;

my $server = prepare_server(children => 1, limit => 1);
my $hostile = "$server->{top}/bundles/hostile";

# options after the path, what the message says; undef: taken
for my $row (
    ['throws-at-load', '', qr{/throws-at-load\.js:4:3: Error: thrown at load \| at }],
    ['syntax-error', '', qr{/syntax-error\.js:3:\d+: SyntaxError: Unexpected}],
    ['no-entry', '', qr{/no-entry\.js: no entry: .*renderSomething \(function\)}],
    ['no-entry', 'entry=renderSomething', undef],
    ['entry-not-function', '', qr{globalThis\.renderPage is string}],
    ['loops-at-load', '', qr{/loops-at-load\.js:4:3: .*still being evaluated after 2000 ms}],
    ['throws-in-render', '', undef],
    ['throws-in-render', 'self-test=/a?b',
        qr{the self-test /a\?b failed: .*/throws-in-render\.js:5:5: TypeError}],
    ['loops', 'self-test=/', qr{the self-test / failed: .*/loops\.js:5:5: still rendering}],
    ['declines', 'self-test=/x', qr{the self-test /x was declined \(null\)}],
    ['good', 'self-test=/', undef],
    ['good', 'self-test=x', qr{sourcemap=auto\|off or snapshot=on\|off was expected, not "self-test=x"}],
    ['redirects', 'self-test=/', undef],
) {
    my ($name, $options, $message) = @$row;
    $server->configure("SSRLoadTimeout 2s\n"
        . "SSRBundle b \"$hostile/$name.js\" $options\nSSREngine on");
    my ($status, $output) = $server->configtest;
    my $title = "$name $options";
    is $status, $message ? 1 : 0, "$title: " . ($message ? 'refused' : 'taken');
    next if !$message;
    like $output, $message, "$title: says why";
    my @lines = grep { /SSRBundle: / } split /\n/, $output;
    is scalar @lines, 1, "$title: in one line";
    like $lines[0], qr/^(?:SSRBundle: b: .* \(line \d+ of \S+\)|SSRBundle: b: format)/,
        "$title: that names directive, bundle and line";
}
ok !eval { $server->launch->wait_up; 1 }, 'httpd does not start with the last but one'
    if $server->configure("SSRBundle b \"$hostile/syntax-error.js\"\nSSREngine on") || 1;
like $@, qr{/syntax-error\.js:3:}, 'and says why';

# --- the program itself ------------------------------------------------------

sub helper {
    my ($script) = @_;
    my $file = "$server->{root}/helper";
    open my $fh, '>', $file or die "$file: $!";
    print {$fh} "#!/bin/sh\n$script\n";
    close $fh or die "$file: $!";
    chmod 0755, $file;
    $server->configure("SSRHelper $file\nSSRLoadTimeout 1ms\n"
        . "SSRBundle b \"$hostile/good.js\"\nSSREngine on");
    return ($server->configtest)[1];
}

like helper('echo "$@" >&2; exit 1'), qr/SSRBundle: b: check -p \S+good\.js -t 1 -/,
    'it is asked to check';
like helper('echo "got: $(cat | tail -c 30 | tr "\n" " ")" >&2; exit 1'),
    qr/SSRBundle: b: got: .*good/, 'and given the script';
like helper('kill -SEGV $$'), qr/was ended by signal 11/, 'one that crashes';
like helper('exec sleep 60'), qr/did not end within 5002 ms/, 'one that stays';
like helper('echo first >&2; echo last >&2; exit 3'), qr/SSRBundle: b: last \(/,
    'its last line is the message';
like helper('head -c 300000 /dev/zero | tr "\0" x >&2; exit 1'),
    qr/SSRBundle: b: x{1000,}/, 'one that floods is drained';
# 10: where sh keeps the script; a pipe or a pattern would open more
like helper('n=2; while [ $((n += 1)) -lt 100 ]; do [ -e /proc/$$/fd/$n ] && '
    . 'open="$open $n"; done; echo "open:$open" >&2; exit 1'),
    qr/b: open:(?: 10)? \(line/, 'it inherits no open file';
like helper('echo "limits $(ulimit -c) $(ulimit -f)" >&2; exit 1'), qr/limits 0 0/,
    'it may write no file and no core';
# As root and as a user, in a container or not: the kernel's filter asks none of these.
like helper(q[exec perl -MSocket -e 'for (AF_INET, AF_INET6, AF_UNIX) { push @said,]
    . q[ socket(my $s, $_, SOCK_STREAM, 0) ? "a socket" : $! + 0 } die "@said\n"']),
    qr/SSRBundle: b: @{[Errno::EACCES]} @{[Errno::EACCES]} @{[Errno::EACCES]} \(/,
    'it has no network, and nobody to talk to on this host';
if ($> == 0) {
    my ($uid, $gid) = (getpwnam 'nobody')[2, 3];
    like helper('echo "$(id -u) $(id -G)" >&2; exit 1'),
        qr/SSRBundle: b: $uid $gid \(/, 'it has the rights of User and Group';
}
else {
    like helper('echo "$(id -u)" >&2; exit 1'), qr/SSRBundle: b: $> \(/,
        'it has the rights of who started httpd';
}
$server->configure("SSRHelper /no/such/helper\nSSRBundle b \"$hostile/good.js\"");
like +($server->configtest)[1],
    qr{SSRBundle: b: /no/such/helper cannot be run \(SSRHelper\): No such file or directory, as user \d+ \(},
    'one that is not there';

done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# SSRPinThreads keeps each isolate's thread to one core, and no other thread.
use strict;
use warnings;
use V8Test;

# "0-3,7" => how many
sub cores {
    my ($task) = @_;
    open my $status, '<', "/proc/$task/status" or return 0;
    my ($list) = map { /^Cpus_allowed_list:\s*(\S+)/ ? $1 : () } <$status>;
    my $n = 0;
    $n += /(\d+)-(\d+)/ ? $2 - $1 + 1 : 1 for split /,/, $list;
    return $n;
}

sub pinned_threads {
    my ($child) = @_;
    return scalar grep { cores("$child/task/$_") == 1 }
        map { m{(\d+)$} } glob "/proc/$child/task/*";
}

cmp_ok cores($$), '>', 1, 'this machine has more than one core to offer';
for my $row (['on', 3], ['off', 0]) {
    my ($value, $count) = @$row;
    my $server = own_server(children => 1, limit => 1, config => <<"CONF");
SSRIsolates 3
SSRPinThreads $value
SSREngine on
SSRBundle good "\${TOP}/bundles/hostile/good.js"
CONF
    is $server->get('/x')->status, 200, "$value: served";
    my ($child) = $server->children;
    ok wait_for { pinned_threads($child) == $count },
        "$value: $count threads keep to one core"
        or diag pinned_threads($child) . ' do';
}

done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# The cases of t/hostile, each in a context of its own (cpu, streams, fetch;
# memory is the isolate's, whatever the scope: t/440):
# the answer, its line of the log, and the page that another bundle of the same
# isolate gives after it.
#   V8TEST_CASES='cpu/regexp-nested answers/.*'   only these
use strict;
use warnings;
use V8Test;
use V8Test::Hostile;

V8Test::Hostile::run('request', qw(cpu streams fetch));

done_testing;

# SPDX-License-Identifier: Apache-2.0
#
# The cases of t/hostile, in contexts that stay (answers, async, globals,
# cache, sandbox):
# the answer, its line of the log, and the page that another bundle of the same
# isolate gives after it.
#   V8TEST_CASES='cpu/regexp-nested answers/.*'   only these
use strict;
use warnings;
use V8Test;
use V8Test::Hostile;

V8Test::Hostile::run('bundle', qw(answers async globals cache sandbox));

done_testing;

// SPDX-License-Identifier: Apache-2.0
//
// compat.h: where V8's interface differs between the versions we build with
// (10.2 in Debian 12, 11.3 in Debian 13).  No other file asks for a version.

#ifndef V8E_COMPAT_H
#define V8E_COMPAT_H

#include <v8-version.h>
#include <v8.h>

namespace v8e {

#if V8_MAJOR_VERSION > 11 || (V8_MAJOR_VERSION == 11 && V8_MINOR_VERSION >= 1)
using OomDetails = const v8::OOMDetails &;
#else
using OomDetails = bool;
#endif

// At how many percent of a semi-space V8 posts a task that scavenges.
#if V8_MAJOR_VERSION > 11 || (V8_MAJOR_VERSION == 11 && V8_MINOR_VERSION >= 3)
#define V8E_SCAVENGE_TRIGGER "--minor-gc-task-trigger"
#else
#define V8E_SCAVENGE_TRIGGER "--scavenge-task-trigger"
#endif

// The built-ins that V8 adds to contexts of a snapshot, but for those in later.cc.
#if V8_MAJOR_VERSION >= 11
#define V8E_NO_LATER_BUILTINS                                                  \
    "--no-harmony-change-array-by-copy", "--no-harmony-rab-gsab"
#else
#define V8E_NO_LATER_BUILTINS                                                  \
    "--no-harmony-relative-indexing-methods", "--no-harmony-object-has-own",   \
        "--no-harmony-array-find-last"
#endif

} // namespace v8e

#endif // V8E_COMPAT_H

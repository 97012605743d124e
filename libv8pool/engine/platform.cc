// SPDX-License-Identifier: Apache-2.0
//
// platform.cc: V8 itself, once per process.  The only mutable statics of the
// library: V8's own state is process-wide and cannot be started twice (d3).

#include "platform.h"

#include "../error.h"
#include "compat.h"

#include <libplatform/libplatform.h>
#include <memory>
#include <pthread.h>
#include <string>
#include <v8.h>

namespace {

pthread_once_t once = PTHREAD_ONCE_INIT;
v8::Platform *the_platform;   // never freed: V8 may use it until exit (d4)
std::string *refused_flags;   // flags this V8 does not know

// Helper threads for compiling and collecting.  Several isolates share few
// cores: measured in docs/architecture.md.
constexpr int kHelperThreads = 1;

// - no WebAssembly: its memory is bounded by nothing (b7)
// - no SharedArrayBuffer: nobody to share it with, and a precise clock (f2)
// - single-threaded-gc: the cores belong to the other isolates
// - scavenge trigger: at a quarter of the semi-space V8 posts a task that
//   scavenges; the pool runs it between two renders, when hardly anything is
//   alive (measured: docs/architecture.md)
// - interrupt-budget: the default optimises code that a context of one render
//   never uses: 4-6 ms for each, 2 ms with this; a context that stays pays
//   about 5 % for it (measured, and a proposal: docs/architecture.md)
// - V8E_NO_LATER_BUILTINS: V8 leaves them out while it makes a snapshot and
//   adds them to each context of one: a script that looked for them meanwhile
//   would have its own as well (later.h).  core-js has them for every context
// - stack-trace-limit is V8's default; error.cc cuts what is longer
const char *const kFlags[] = {
    "v8pool",
    "--no-expose-wasm",
    "--no-harmony-sharedarraybuffer",
    "--harmony-import-assertions",
    V8E_NO_LATER_BUILTINS,
    "--single-threaded-gc",
    V8E_SCAVENGE_TRIGGER "=25",
    "--interrupt-budget=500000",
};

void SetFlags()
{
    int count = sizeof(kFlags) / sizeof(kFlags[0]);
    char *args[sizeof(kFlags) / sizeof(kFlags[0])];

    for (int i = 0; i < count; i++) {
        args[i] = const_cast<char *>(kFlags[i]);
    }
    v8::V8::SetFlagsFromCommandLine(&count, args, true);
    refused_flags = new std::string();
    for (int i = 1; i < count; i++) {
        *refused_flags += std::string(" ") + args[i];
    }
}

void Start()
{
    SetFlags();
    if (!refused_flags->empty()) {
        return;
    }
    the_platform =
        v8::platform::NewDefaultPlatform(kHelperThreads).release();
    v8::V8::InitializePlatform(the_platform);
    v8::V8::Initialize();
}

} // namespace

namespace v8e {

v8::Platform *Platform()
{
    return the_platform;
}

} // namespace v8e

v8pool_status v8e_platform_start(v8pool_error *err)
{
    pthread_once(&once, Start);
    if (the_platform == nullptr) {
        // A limit that is silently off is worse than no server.
        return v8p_error_set(err, V8POOL_E_ENGINE,
                             "this V8 (%s) does not know the flags%s",
                             v8::V8::GetVersion(), refused_flags->c_str());
    }
    return V8POOL_OK;
}

const char *v8e_version(void)
{
    static const std::string version =
        std::string("V8 ") + v8::V8::GetVersion();

    return version.c_str();
}

// SPDX-License-Identifier: Apache-2.0
//
// fatal.cc: V8 cannot return from its own out-of-memory and check failures
// (b9, b10).  What remains is to say whose fault it was before it aborts.

#include "fatal.h"

#include "compat.h"
#include "run.h"

#include <csignal>
#include <cstring>
#include <unistd.h>

namespace {

thread_local const char *doing_bundle;
thread_local const char *doing_url;
thread_local uint32_t *blamed;
thread_local uint32_t blamed_value;

// No malloc, no stdio: the heap may be what failed.
void Say(const char *text)
{
    if (text != nullptr) {
        ssize_t ignored = write(STDERR_FILENO, text, strlen(text));

        (void)ignored;
    }
}

void LastWords(const char *location, const char *what)
{
    if (blamed != nullptr) {
        __atomic_store_n(blamed, blamed_value, __ATOMIC_RELEASE);
    }
    Say("v8pool: V8 aborts this process: ");
    Say(what);
    Say(location != nullptr ? " in " : "");
    Say(location);
    Say("; bundle ");
    Say(doing_bundle != nullptr ? doing_bundle : "(none)");
    Say(", url ");
    Say(doing_url != nullptr ? doing_url : "(none)");
    Say("\n");
}

void OnFatal(const char *location, const char *message)
{
    LastWords(location, message);
}

void OnOutOfMemory(const char *location, v8e::OomDetails)
{
    LastWords(location, "out of memory");
}

// V8's failed checks and invalid sizes call no handler: they end in a trap (b9).
void OnTrap(int)
{
    LastWords(nullptr, "a check of its own failed");
    raise(SIGTRAP); // the handler is gone: this one ends the process
}

} // namespace

void v8e_run_blame(uint32_t *state, uint32_t value)
{
    blamed = state;
    blamed_value = value;
}

void v8e_catch_traps()
{
    struct sigaction action;

    // Not where the process's owner, or a debugger's helper, has one of its own.
    if (sigaction(SIGTRAP, nullptr, &action) != 0 ||
        (action.sa_flags & SA_SIGINFO) != 0 || action.sa_handler != SIG_DFL) {
        return;
    }
    action = {};
    action.sa_handler = OnTrap;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    sigaction(SIGTRAP, &action, nullptr);
}

namespace v8e {

void ReportFatalErrors(v8::Isolate *isolate)
{
    isolate->SetFatalErrorHandler(OnFatal);
    isolate->SetOOMErrorHandler(OnOutOfMemory);
}

Doing::Doing(const char *bundle, const char *url)
{
    doing_bundle = bundle;
    doing_url = url;
}

Doing::~Doing()
{
    doing_bundle = nullptr;
    doing_url = nullptr;
}

} // namespace v8e

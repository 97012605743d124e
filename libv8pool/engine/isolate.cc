// SPDX-License-Identifier: Apache-2.0
//
// isolate.cc: an isolate's life, its limits and what it reports.

#include "isolate.h"

#include "../error.h"
#include "failure.h"
#include "fatal.h"
#include "module.h"
#include "platform.h"
#include "rejection.h"
#include "room.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <libplatform/libplatform.h>
#include <new>
#include <pthread.h>

namespace v8e {

uint64_t NowUs()
{
    timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return static_cast<uint64_t>(ts.tv_sec) * 1000000u +
           static_cast<uint64_t>(ts.tv_nsec) / 1000u;
}

// Runs inside the script that is to end, at its next check for interrupts
// (a13).  One that was asked for too late finds that nobody wants it any more.
static void Interrupt(v8::Isolate *isolate, void *data)
{
    auto *own = static_cast<v8e_isolate *>(data);

    if (own->ending) {
        v8::HandleScope handles(isolate);

        if (own->ended_at.source[0] == '\0') { // the first place counts
            DescribeStack(isolate, &own->ended_at);
        }
        isolate->TerminateExecution();
    }
}

// On a busy machine the thread may not have run since it was asked: terminated
// at once then, it could not say where it was.
constexpr unsigned kPolite = 8;

void EndCall(v8e_isolate *own)
{
    own->ending = true;
    if (own->asked++ < kPolite) {
        own->v8->RequestInterrupt(Interrupt, own);
        return;
    }
    own->v8->TerminateExecution();
}

void CaptureStacks(v8::Isolate *isolate)
{
    isolate->SetCaptureStackTraceForUncaughtExceptions(true, 20);
}

} // namespace v8e

namespace {

constexpr size_t kMiB = 1024 * 1024;

// Semi-spaces of 8 MiB, a third of the young generation each.  V8's own choice
// for a limited heap, 1 or 2 MiB, fills up within a render; larger ones cost
// memory and fall out of the caches (measured: docs/architecture.md).
constexpr size_t kYoungBytes = 24 * kMiB;

// JavaScript may use this much stack; below it the thread keeps room for the
// builtins and regular expressions that look at the limit late (d7).
constexpr uintptr_t kScriptStack = kMiB;
constexpr uintptr_t kNativeStack = 192 * 1024;

void LimitStack(v8::Isolate *isolate)
{
    pthread_attr_t attr;
    void *base = nullptr;
    size_t size = 0;
    uintptr_t here = reinterpret_cast<uintptr_t>(&attr);

    if (pthread_getattr_np(pthread_self(), &attr) == 0) {
        pthread_attr_getstack(&attr, &base, &size);
        pthread_attr_destroy(&attr);
    }
    uintptr_t lowest = reinterpret_cast<uintptr_t>(base) + kNativeStack;

    isolate->SetStackLimit(std::max(lowest, here - kScriptStack));
}

// V8 asks before it would abort.  More room lets the running builtin finish;
// the termination then stops the script (b2).  The isolate is given up after.
size_t NearHeapLimit(void *data, size_t current, size_t)
{
    auto *isolate = static_cast<v8e_isolate *>(data);
    size_t slack = 2 * std::max(64 * kMiB, isolate->limits.heap_bytes);

    if (isolate->heap_hit) {
        isolate->v8->TerminateExecution(); // once more: no time to ask
    }
    isolate->heap_hit = true;
    v8e::EndCall(isolate);
    return current + slack;
}

size_t HeapUsed(v8::Isolate *isolate)
{
    v8::HeapStatistics heap;

    isolate->GetHeapStatistics(&heap);
    return heap.used_heap_size();
}

void GcStarts(v8::Isolate *isolate, v8::GCType, v8::GCCallbackFlags)
{
    v8e_isolate::From(isolate)->gc_started_us = v8e::NowUs();
}

void GcEnds(v8::Isolate *isolate, v8::GCType type, v8::GCCallbackFlags)
{
    auto *own = v8e_isolate::From(isolate);

    own->gc_us += v8e::NowUs() - own->gc_started_us;
    if (type == v8::kGCTypeMarkSweepCompact) {
        own->live_bytes = HeapUsed(isolate);
        v8e::RoomMeasured(own);
    }
}

void MakeNames(v8e_isolate *own)
{
    static const char *const kNames[] = {
#define V8E_NAME_TEXT(name, text) text,
        V8E_NAMES(V8E_NAME_TEXT)
#undef V8E_NAME_TEXT
    };

    for (size_t i = 0; i < static_cast<size_t>(v8e::Name::count); i++) {
        own->names[i].Reset(own->v8, v8::String::NewFromUtf8(
                                         own->v8, kNames[i],
                                         v8::NewStringType::kInternalized)
                                         .ToLocalChecked());
    }
}

v8::Isolate::CreateParams Params(v8e_isolate *own)
{
    v8::Isolate::CreateParams params;
    size_t young =
        own->limits.young_bytes > 0 ? own->limits.young_bytes : kYoungBytes;

    if (own->limits.blob != nullptr) {
        params.snapshot_blob = &own->blob;
    }
    params.external_references = v8e::ExternalReferences();
    params.array_buffer_allocator = &own->allocator;
    params.allow_atomics_wait = false;
    params.constraints.ConfigureDefaultsFromHeapSize(0, own->limits.heap_bytes);
    params.constraints.set_max_young_generation_size_in_bytes(young);
    params.constraints.set_initial_young_generation_size_in_bytes(young);
    own->max_old_bytes = params.constraints.max_old_generation_size_in_bytes();
    return params;
}

void Configure(v8e_isolate *own)
{
    v8::Isolate *isolate = own->v8;

    isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
    v8e::CaptureStacks(isolate);
    isolate->AddNearHeapLimitCallback(NearHeapLimit, own);
    isolate->AddGCPrologueCallback(GcStarts);
    isolate->AddGCEpilogueCallback(GcEnds);
    isolate->SetPromiseRejectCallback(v8e::PromiseRejected);
    v8e::ReportFatalErrors(isolate);
    v8e::InstallModules(isolate);
}

} // namespace

void v8e::Prepare(v8e_isolate *own)
{
    own->v8->SetData(0, own);
    LimitStack(own->v8);
    Configure(own);

    v8::Isolate::Scope scope(own->v8);
    v8::HandleScope handles(own->v8);

    MakeNames(own);
}

v8e_isolate *v8e_isolate_create(const v8e_limits *limits, v8pool_error *err)
{
    auto *own = new (std::nothrow) v8e_isolate(*limits);

    if (own == nullptr) {
        v8p_error_set(err, V8POOL_E_MEMORY, "no memory for an isolate");
        return nullptr;
    }
    own->v8 = v8::Isolate::New(Params(own));
    v8e::Prepare(own);
    v8e::RoomMeasured(own);
    return own;
}

void v8e_isolate_destroy(v8e_isolate **isolate)
{
    v8e_isolate *own = *isolate;

    *isolate = nullptr;
    own->DropHandles();
    v8::platform::NotifyIsolateShutdown(v8e::Platform(), own->v8);
    own->v8->Dispose();
    delete own;
}

void v8e_terminate(v8e_isolate *isolate)
{
    v8e::EndCall(isolate);
}

void v8e_terminate_cancel(v8e_isolate *isolate)
{
    isolate->ending = false;
    isolate->asked = 0;
    isolate->v8->CancelTerminateExecution();
}

uint64_t v8e_isolate_idle(v8e_isolate *isolate)
{
    v8::Isolate::Scope scope(isolate->v8);
    v8::HandleScope handles(isolate->v8);
    uint64_t gc_before = isolate->gc_us;
    int left = 16; // a task may post the next one for ever

    while (left-- > 0 &&
           v8::platform::PumpMessageLoop(v8e::Platform(), isolate->v8)) {
    }
    isolate->Drain(); // what finalisers queued is no later render's
    isolate->rejected.clear();
    return isolate->gc_us - gc_before;
}

void v8e_isolate_usage(v8e_isolate *isolate, v8e_usage *usage)
{
    usage->heap_used_bytes = HeapUsed(isolate->v8);
    usage->heap_live_bytes = isolate->live_bytes;
}

void v8e_isolate_collect(v8e_isolate *isolate)
{
    v8::Isolate::Scope scope(isolate->v8);

    isolate->v8->MemoryPressureNotification(v8::MemoryPressureLevel::kCritical);
    isolate->v8->MemoryPressureNotification(v8::MemoryPressureLevel::kNone);
}

// SPDX-License-Identifier: Apache-2.0
//
// snapshot.cc: startup snapshots and code caches.

#include "snapshot.h"

#include "../error.h"
#include "compile.h"
#include "entry.h"
#include "isolate.h"
#include "later.h"
#include "run.h"
#include "runtime.h"

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

namespace {

// After as many renders V8 has compiled what a page needs; more changes
// nothing that a snapshot keeps.
constexpr int kWarmRenders = 3;

// Nobody asked for these renders: they may not hold up a start of httpd.
constexpr std::chrono::milliseconds kWarmTime{1000};
constexpr std::chrono::milliseconds kAgain{50};

constexpr v8e_limits kLimits = {size_t{256} * 1024 * 1024,
                                size_t{64} * 1024 * 1024, 0, nullptr, 0};

int NoHead(void *, int, const v8pool_header *, size_t, int)
{
    return 0;
}

int NoChunk(void *, char *data, size_t)
{
    free(data);
    return 0;
}

int AlwaysRoom(void *)
{
    return 1;
}

// Console lines were shown when the bundle was checked.
void NoLog(void *, v8pool_log_level, const char *, size_t) {}

constexpr v8e_sink kNoSink = {nullptr, NoHead, NoChunk, AlwaysRoom, NoLog,
                              nullptr};

// Ends what the isolate runs, if it still does after kWarmTime.
class WarmLimit {
  public:
    explicit WarmLimit(v8e_isolate *isolate)
        : isolate_(isolate), thread_([this] { Watch(); })
    {
    }

    ~WarmLimit()
    {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            done_ = true;
        }
        changed_.notify_one();
        thread_.join();
        v8e_terminate_cancel(isolate_);
    }

  private:
    void Watch()
    {
        std::unique_lock<std::mutex> lock(mutex_);

        for (auto wait = kWarmTime;
             !changed_.wait_for(lock, wait, [this] { return done_; });
             wait = kAgain) {
            v8e_terminate(isolate_);
        }
    }

    v8e_isolate *isolate_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool done_ = false; // guarded by mutex_
    std::thread thread_; // last: it uses the others
};

void Begin(const v8pool_image_watch *watch)
{
    if (watch != nullptr) {
        watch->begin(watch->baton);
    }
}

void Warm(v8e_context *context, const char *url)
{
    v8pool_request request = {};
    v8pool_timing timing;
    v8pool_error err;

    WarmLimit limit(context->owner);

    request.method = "GET";
    request.url = url;
    request.origin = "http://localhost";
    request.max_response_bytes = size_t{64} * 1024 * 1024;
    for (int i = 0; i < kWarmRenders; i++) {
        err.source[0] = '\0';
        (void)v8e_render(context, &request, &kNoSink, &timing, &err);
    }
}

v8pool_status Copy(const void *data, size_t length, char **out, size_t *size,
                   v8pool_error *err)
{
    *out = static_cast<char *>(malloc(length));
    if (*out == nullptr) {
        return v8p_error_set(err, V8POOL_E_MEMORY, "no memory for an image");
    }
    memcpy(*out, data, length);
    *size = length;
    return V8POOL_OK;
}

// The isolate of a SnapshotCreator, dressed as one of ours.
class Creator {
  public:
    Creator() : creator_(v8e::ExternalReferences()), own_(kLimits)
    {
        own_.v8 = creator_.GetIsolate();
        v8e::Prepare(&own_);
        own_.makes_snapshot = true;
        v8::HandleScope handles(own_.v8);
        v8::Local<v8::Context> plain = v8::Context::New(own_.v8);
        v8::Context::Scope scope(plain);
        v8pool_error ignored; // without the runtime it is evaluated later

        (void)v8e::InstallRuntime(&own_, plain, &ignored);
        creator_.SetDefaultContext(plain);
    }

    // In a context that goes again: what renders change must not be kept.
    v8pool_status Warm(const v8e_item &item, v8pool_error *err)
    {
        v8e_context *context =
            v8e_context_create(&own_, &item.script, &kNoSink, err);

        if (context == nullptr) {
            return err->status;
        }
        ::Warm(context, item.warm_url);
        {
            v8::HandleScope handles(own_.v8);
            v8::Local<v8::Context> local = context->context.Get(own_.v8);
            v8::Context::Scope scope(local);

            used_.emplace_back(own_.v8, v8e::UsedGroups(local));
        }
        v8e_context_destroy(&context);
        return V8POOL_OK;
    }

    // index: how many were warmed before this one.
    v8pool_status Add(const v8e_item &item, size_t index, v8pool_error *err)
    {
        std::unique_ptr<v8e_context> context(
            v8e_context_create(&own_, &item.script, &kNoSink, err));

        if (context == nullptr) {
            return err->status;
        }
        if (!context->modules.empty()) { // a script may import(), too
            return v8p_error_set(err, V8POOL_E_BUNDLE,
                                 "V8 cannot store ES modules");
        }
        v8::HandleScope handles(own_.v8);
        v8::Local<v8::Context> local = context->context.Get(own_.v8);
        v8::Context::Scope scope(local);

        v8::Local<v8::Value> later;

        v8e::UseGroups(local, used_[index].Get(own_.v8));
        if (!v8e::TakeLater(&own_, local, err).ToLocal(&later)) {
            return err->status;
        }
        creator_.AddData(local, v8e::SaveEntry(context.get(), local));
        creator_.AddData(local, v8::Array::New(own_.v8, &later, 1));
        creator_.AddContext(local);
        return V8POOL_OK; // V8 wants no handle left: unique_ptr
    }

    v8::StartupData Blob()
    {
        own_.DropHandles();
        used_.clear();
        return creator_.CreateBlob(
            v8::SnapshotCreator::FunctionCodeHandling::kKeep);
    }

  private:
    v8::SnapshotCreator creator_;
    v8e_isolate own_;
    std::vector<v8::Global<v8::Value>> used_; // by the renders of each item
};

v8pool_status Fill(Creator *creator, const v8e_item *items, size_t count,
                   const v8pool_image_watch *watch, v8pool_error *err)
{
    v8pool_status status = V8POOL_OK;

    for (size_t i = 0; i < count && status == V8POOL_OK; i++) {
        Begin(watch);
        status = creator->Warm(items[i], err);
    }
    for (size_t i = 0; i < count && status == V8POOL_OK; i++) {
        Begin(watch);
        status = creator->Add(items[i], i, err);
    }
    Begin(watch);
    return status;
}

} // namespace

v8pool_status v8e_blob_build(const v8e_item *items, size_t count,
                             const v8pool_image_watch *watch, char **blob,
                             size_t *length, v8pool_error *err)
{
    Creator creator;
    v8pool_status status = Fill(&creator, items, count, watch, err);
    v8::StartupData data = creator.Blob(); // V8 wants it made in any case

    if (status == V8POOL_OK && !data.CanBeRehashed()) {
        // All processes would hash alike, which lets a client choose keys that
        // collide (c7).
        status = v8p_error_set(err, V8POOL_E_ENGINE,
                               "the snapshot would fix V8's hash seed");
    }
    if (status == V8POOL_OK) {
        status = Copy(data.data, static_cast<size_t>(data.raw_size), blob,
                      length, err);
    }
    delete[] data.data;
    return status;
}

v8pool_status v8e_code_build(const v8e_item *item, const char *blob,
                             size_t blob_length,
                             const v8pool_image_watch *watch, char **code,
                             size_t *length, v8pool_error *err)
{
    v8e_limits limits = kLimits;

    Begin(watch);
    limits.blob = blob;
    limits.blob_length = blob_length;
    v8e_isolate *isolate = v8e_isolate_create(&limits, err);
    v8e_context *context =
        isolate != nullptr
            ? v8e_context_create(isolate, &item->script, &kNoSink, err)
            : nullptr;
    v8pool_status status = context != nullptr ? V8POOL_OK : err->status;

    if (context != nullptr) {
        Warm(context, item->warm_url);
        v8::Isolate::Scope scope(isolate->v8);
        v8::HandleScope handles(isolate->v8);
        v8p_writer writer;

        v8e::WriteCode(context, &writer);
        *code = writer.text;
        *length = writer.length;
        if (writer.failed) {
            free(writer.text);
            *code = nullptr;
            status = v8p_error_set(err, V8POOL_E_MEMORY,
                                   "no memory for an image");
        }
    }
    if (context != nullptr) {
        v8e_context_destroy(&context);
    }
    if (isolate != nullptr) {
        v8e_isolate_destroy(&isolate);
    }
    return status;
}

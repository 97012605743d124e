// SPDX-License-Identifier: Apache-2.0
//
// isolate.h: what the engine's files share about one isolate and its contexts.
// Everything here belongs to the isolate's thread.

#ifndef V8E_ISOLATE_H
#define V8E_ISOLATE_H

#include "engine.h"
#include "run.h"

#include "files.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <v8.h>

namespace v8e {

// Property names the engine reads or writes, made once per isolate.
#define V8E_NAMES(X)                                                           \
    X(assets, "ASSETS") X(body, "body") X(bundle, "bundle")                    \
    X(default_, "default") X(env, "env")                                       \
    X(exports, "exports") X(head, "head") X(headers, "headers")                \
    X(html, "html")                                                            \
    X(method, "method") X(plain, "plain") X(redirect, "redirect")              \
    X(render, "render") X(request, "request") X(stack, "stack")                \
    X(state, "state") X(status, "status") X(then, "then") X(url, "url")

enum class Name {
#define V8E_NAME_ENUM(name, text) name,
    V8E_NAMES(V8E_NAME_ENUM)
#undef V8E_NAME_ENUM
    count
};

// Array buffers lie outside V8's heap limit; this bounds them (v8-rules b6).
class QuotaAllocator final : public v8::ArrayBuffer::Allocator {
  public:
    explicit QuotaAllocator(size_t limit) : limit_(limit) {}
    void *Allocate(size_t length) override;
    void *AllocateUninitialized(size_t length) override;
    void Free(void *data, size_t length) override;

    // How far it is now above the least it has been since Mark().
    void Mark() { least_ = used_.load(); }
    size_t GrownSinceMark() const;

  private:
    bool Take(size_t length);

    const size_t limit_;
    std::atomic<size_t> used_{0}; // V8's sweeper frees on its own threads
    std::atomic<size_t> least_{0};
};

constexpr size_t kRuntimeScripts = 3; // runtime.cc

// What the entry's function is given.
enum class Call {
    url,     // (url, ctx)
    request, // (request, ctx)
    fetch,   // (request, env, ctx)
};

// A module of a context.
struct Loaded {
    std::string key;        // its name in the bundle, or a built-in one's
    const File *file;       // nullptr: built in
    v8::Global<v8::Module> module;
    v8::Global<v8::Object> members; // what it exports, where V8 compiled none
};

// What V8 compiled of a file: one of the three.
struct Compiled {
    const File *file;
    v8::Global<v8::UnboundScript> script;
    v8::Global<v8::UnboundModuleScript> module;
    v8::Global<v8::Function> function;
};

} // namespace v8e

struct v8e_isolate {
    v8e_isolate(const v8e_limits &wanted)
        : limits(wanted),
          blob{wanted.blob, static_cast<int>(wanted.blob_length)},
          allocator(wanted.arraybuffer_bytes)
    {
    }

    const v8e_limits limits;
    v8::StartupData blob; // V8 reads it whenever a context is made
    v8e::QuotaAllocator allocator;
    v8::Isolate *v8 = nullptr;
    v8::Global<v8::String> names[static_cast<size_t>(v8e::Name::count)];
    const v8e_sink *sink = nullptr; // of the running call
    v8e_run *turn = nullptr;         // of the running call, if it is one's
    std::vector<v8e_run *> runs;     // that have not ended
    uint32_t last_run = 0;           // numbers of runs
    bool heap_hit = false;          // in the running call
    bool makes_snapshot = false;    // of its contexts
    uint64_t gc_started_us = 0;
    uint64_t gc_us = 0;
    size_t live_bytes = 0; // what the last full collection left
    size_t max_old_bytes = 0;  // V8's limit of the old generation
    size_t old_live_bytes = 0; // in it after the last full collection
    size_t external_bytes = 0; // outside of it then
    std::vector<size_t> context_bytes; // by slot: the most one took of it
    std::vector<v8::Global<v8::Promise>> rejected; // without a handler so far
    v8::Global<v8::UnboundScript> runtime[v8e::kRuntimeScripts]; // once used
    std::vector<v8e_context *> contexts; // all there are
    std::atomic<bool> ending{false}; // somebody wants the running call to end
    std::atomic<unsigned> asked{0};  // how often so far
    v8pool_error ended_at = {};      // where the script was then

    // Runs what is queued, in the call that queued it; not after a forced end,
    // when v8e_context_destroy() empties the queue (a6).  All contexts share
    // V8's own queue: one of a context's must outlive it, because a finaliser
    // that is pending enters the dropped context, and its queue, once more.
    void Drain()
    {
        if (!ending) {
            v8->PerformMicrotaskCheckpoint();
        }
    }

    // No handle of ours may outlive the isolate, nor be left in a snapshot.
    void DropHandles()
    {
        rejected.clear();
        for (auto &script : runtime) {
            script.Reset();
        }
        for (auto &name : names) {
            name.Reset();
        }
    }

    v8::Local<v8::String> Get(v8e::Name name)
    {
        return names[static_cast<size_t>(name)].Get(v8);
    }

    // nullptr: V8's own default context of a snapshot.
    inline v8e_context *ContextOf(v8::Local<v8::Context> context);

    static v8e_isolate *From(v8::Isolate *isolate)
    {
        return static_cast<v8e_isolate *>(isolate->GetData(0));
    }
};

struct v8e_context {
    v8e_context(v8e_isolate *isolate, const v8e_script *script)
        : owner(isolate), name(script->name), files(script)
    {
        owner->contexts.push_back(this);
    }
    ~v8e_context()
    {
        auto &all = owner->contexts;

        all.erase(std::find(all.begin(), all.end(), this));
    }
    v8e_context(const v8e_context &) = delete;
    v8e_context &operator=(const v8e_context &) = delete;

    v8e_isolate *const owner;
    const std::string name; // the bundle's
    v8e::Files files;
    v8::Global<v8::Context> context;
    std::vector<v8e::Compiled> compiled; // not what the blob held
    std::deque<v8e::Loaded> modules;     // of this context; V8 cannot store any
    v8::Global<v8::Function> entry;
    v8::Global<v8::Value> receiver;
    v8::Global<v8::Function> boundary; // renderError; may be empty
    v8::Global<v8::Value> boundary_receiver;
    v8e::Call call = v8e::Call::url;
    std::string entry_text; // "export render(url, ctx)"
    v8::Global<v8::String> bundle_name;
    v8::Global<v8::Function> make_ctx;     // these are the prelude's
    v8::Global<v8::Value> assets;          // env.ASSETS
    v8::Global<v8::Function> make_body;    // of a Request that is streamed
    v8::Global<v8::Function> answer_parts;
    v8::Global<v8::Function> answer_pump;
    unsigned runs = 0;      // that use it
    bool is_retired = false; // goes with the last of them
    uint64_t env_id = 0;    // of `env`
    bool env_given = false; // else `env` is empty for want of one
    v8::Global<v8::Object> env;
};

inline v8e_context *v8e_isolate::ContextOf(v8::Local<v8::Context> context)
{
    for (v8e_context *own : contexts) {
        if (own->context == context) {
            return own;
        }
    }
    return nullptr;
}

namespace v8e {

// Enters one context for one call.  Owner thread, stack only; the members'
// order is the order of entry.
class Entered {
  public:
    Entered(v8e_context *context, const v8e_sink *sink)
        : owner_(context->owner), isolate_scope_(owner_->v8),
          handles_(owner_->v8),
          local(v8::Local<v8::Context>::New(owner_->v8, context->context)),
          context_scope_(local)
    {
        owner_->sink = sink;
        owner_->heap_hit = false;
        owner_->ended_at.line = 0;
        owner_->ended_at.column = 0;
        owner_->ended_at.source[0] = '\0';
        owner_->ended_at.stack[0] = '\0';
    }
    ~Entered() { owner_->sink = nullptr; }
    Entered(const Entered &) = delete;
    Entered &operator=(const Entered &) = delete;

  private:
    v8e_isolate *owner_;
    v8::Isolate::Scope isolate_scope_;
    v8::HandleScope handles_;

  public:
    const v8::Local<v8::Context> local;

  private:
    v8::Context::Scope context_scope_;
};

inline v8::Local<v8::String> Utf8(v8::Isolate *isolate, const char *text,
                                  size_t length)
{
    // Only a string beyond V8's limit fails; the pool's are far shorter.
    return v8::String::NewFromUtf8(isolate, text, v8::NewStringType::kNormal,
                                   static_cast<int>(length))
        .FromMaybe(v8::String::Empty(isolate));
}

uint64_t NowUs();

// What every isolate gets, one that writes a snapshot as well: limits,
// callbacks, names.  Pre: own->v8 is set.
void Prepare(v8e_isolate *own);

// Thrown errors get the stack of where they were thrown, for the log.
void CaptureStacks(v8::Isolate *isolate);

// The functions a snapshot refers to; ends with 0.  The order may change: the
// image of another build is never used.
const intptr_t *ExternalReferences();

// Any thread.  Ends the running call, noting where the script is.  V8 may miss
// it: called often enough, it ends the call without looking where.
void EndCall(v8e_isolate *isolate);

} // namespace v8e

#endif // V8E_ISOLATE_H

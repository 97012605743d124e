// SPDX-License-Identifier: Apache-2.0
//
// run.cc: a render turn by turn: the entry, what comes later, the answer.

#include "run.h"

#include "../error.h"
#include "answer.h"
#include "boundary.h"
#include "entry.h"
#include "failure.h"
#include "fatal.h"
#include "rejection.h"
#include "sending.h"
#include "signal.h"
#include "timers.h"
#include "turn.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace {

using v8::Local;
using v8e::Stage;

// One turn.  Its status stays OK while nothing is wrong.
class Turn {
  public:
    Turn(v8e_run *run, Local<v8::Context> context, v8pool_error *err)
        : run_(run), own_(run->own->owner), isolate_(own_->v8),
          context_(context), err_(err)
    {
    }

    v8e_state Take(v8pool_status *status);

  private:
    void Begin();
    void CallEntry(Local<v8::Value> *value);
    void Await(Local<v8::Value> value);
    bool HasThrown() const;
    v8e_state AnswerThrown();
    void AskBoundary();
    void Room();
    void GoOn();
    v8e_state GiveUp();
    void Drain();
    bool Look(Local<v8::Value> *value);
    void Answer(Local<v8::Value> value);
    v8e_state Verdict();

    v8e_run *run_;
    v8e_isolate *own_;
    v8::Isolate *isolate_;
    Local<v8::Context> context_;
    v8pool_error *err_;
    v8pool_status status_ = V8POOL_OK;
    Local<v8::Value> returned_; // by the entry, when it is no promise
    Local<v8::Value> thrown_;   // by the entry, or its promise's reason
};

void Turn::CallEntry(Local<v8::Value> *value)
{
    v8::TryCatch caught(isolate_);
    v8e_context *own = run_->own;
    Local<v8::Value> args[3];
    int count = v8e::EntryArguments(run_, context_, args);

    if (count == 0 ||
        !own->entry.Get(isolate_)
             ->Call(context_, own->receiver.Get(isolate_), count, args)
             .ToLocal(value)) {
        status_ = v8e::Failure(own_, context_, caught, V8POOL_E_SCRIPT, err_);
        thrown_ = caught.Exception();
    }
}

// A foreign promise (any object with `then`) becomes one of V8's.
void Turn::Await(Local<v8::Value> value)
{
    v8::TryCatch caught(isolate_);
    Local<v8::Value> then;
    Local<v8::Promise::Resolver> resolver;

    if (value->IsPromise()) {
        value.As<v8::Promise>()->MarkAsHandled();
        run_->awaited.Reset(isolate_, value.As<v8::Promise>());
        return;
    }
    returned_ = value;
    if (!value->IsObject()) {
        return;
    }
    if (!value.As<v8::Object>()
             ->Get(context_, own_->Get(v8e::Name::then))
             .ToLocal(&then)) {
        status_ = v8e::Failure(own_, context_, caught, V8POOL_E_SCRIPT, err_);
        return;
    }
    if (!then->IsFunction()) {
        return;
    }
    if (!v8::Promise::Resolver::New(context_).ToLocal(&resolver) ||
        resolver->Resolve(context_, value).IsNothing()) {
        status_ = v8e::Failure(own_, context_, caught, V8POOL_E_SCRIPT, err_);
        return;
    }
    returned_.Clear();
    resolver->GetPromise()->MarkAsHandled();
    run_->awaited.Reset(isolate_, resolver->GetPromise());
}

void Turn::Begin()
{
    Local<v8::Value> value;
    Local<v8::Value> frame = v8e::MakeFrame(run_);

    run_->frame.Reset(isolate_, frame);
    run_->stage = Stage::kEntry;
    context_->SetContinuationPreservedEmbedderData(frame);
    CallEntry(&value);
    if (status_ == V8POOL_OK) {
        Await(value);
    }
}

// The client takes more: whoever waited for that writes on.
void Turn::Room()
{
    v8::TryCatch caught(isolate_);
    Local<v8::Function> function = run_->on_room.Get(isolate_);

    run_->on_room.Reset();
    context_->SetContinuationPreservedEmbedderData(run_->frame.Get(isolate_));
    // It resolves a promise of ours: only a forced end fails it, which Drain()
    // sees.
    bool called = !function->Call(context_, v8::Undefined(isolate_), 0, nullptr)
                       .IsEmpty();

    (void)called;
}

void Turn::GoOn()
{
    if (!run_->on_room.IsEmpty() && run_->has_room) {
        Room();
    }
    else {
        v8e::RunDue(run_, context_);
    }
}

// Also after an error: what this turn queued must not run in the next.
void Turn::Drain()
{
    own_->Drain();
    context_->SetContinuationPreservedEmbedderData(v8::Undefined(isolate_));
    if (own_->heap_hit || isolate_->IsExecutionTerminating()) {
        v8::TryCatch caught(isolate_);

        status_ =
            v8e::Failure(own_, context_, caught, V8POOL_E_SCRIPT, err_);
    }
}

// Whether there is a value: the entry's or its promise's.
bool Turn::Look(Local<v8::Value> *value)
{
    if (run_->awaited.IsEmpty()) {
        *value = returned_;
        return true;
    }
    Local<v8::Promise> promise = run_->awaited.Get(isolate_);

    switch (promise->State()) {
    case v8::Promise::kPending:
        return false;
    case v8::Promise::kFulfilled:
        *value = promise->Result();
        break;
    case v8::Promise::kRejected:
        status_ = v8e::Rejection(own_, context_, promise->Result(), err_);
        thrown_ = promise->Result();
        if (run_->send_status != V8POOL_OK) {
            status_ = err_->status = run_->send_status;
        }
        break;
    }
    run_->awaited.Reset();
    return true;
}

void Turn::Answer(Local<v8::Value> value)
{
    uint64_t start = v8e::NowUs();

    run_->stage = Stage::kSending;
    context_->SetContinuationPreservedEmbedderData(run_->frame.Get(isolate_));
    status_ = v8e::SendAnswer(run_, context_, value, err_);
    run_->timing.output_us += static_cast<uint32_t>(v8e::NowUs() - start);
    Drain(); // reading the answer may have queued more
}

// Nothing it could wait for will come, here or from another render (e1).
bool IsHung(const v8e_run *run)
{
    for (const v8e_run *other : run->own->owner->runs) {
        if (other->own == run->own && v8e::HasOutstanding(other)) {
            return false;
        }
    }
    return true;
}

v8e_state Turn::Verdict()
{
    Local<v8::Value> value;

    while (status_ == V8POOL_OK && run_->stage < Stage::kAfter &&
           Look(&value)) {
        if (status_ != V8POOL_OK) {
            break;
        }
        if (run_->stage == Stage::kEntry) {
            Answer(value);
        }
        if (run_->stage == Stage::kSending && run_->awaited.IsEmpty()) {
            if (status_ == V8POOL_OK) {
                status_ = v8e::SendBehind(run_, err_);
            }
            run_->stage = Stage::kAfter;
        }
    }
    if (status_ != V8POOL_OK) {
        return V8E_ENDED;
    }
    if (run_->failed != nullptr && run_->stage == Stage::kAfter) {
        return V8E_ENDED; // ctx.waitUntil() was that of the page that threw
    }
    if (run_->stage < Stage::kAfter) {
        if (!IsHung(run_)) {
            return V8E_WAITS;
        }
        status_ = v8p_error_set(
            err_, V8POOL_E_HUNG,
            run_->stage == Stage::kSending
                ? "the body never ends: nothing it could wait for is pending"
                : "the returned promise can never settle: nothing it could "
                  "wait for is pending");
        return V8E_ENDED;
    }
    return run_->kept > 0 && !IsHung(run_) ? V8E_ANSWERED : V8E_ENDED;
}

// Its entry threw, not a limit ended it; and nothing was sent.
bool Turn::HasThrown() const
{
    return status_ == V8POOL_E_SCRIPT && run_->stage == Stage::kEntry &&
           run_->failed == nullptr && !thrown_.IsEmpty() && !own_->ending &&
           !own_->heap_hit;
}

// As many frameworks have it: `throw redirect('/login')`.
v8e_state Turn::AnswerThrown()
{
    status_ = v8p_error_set(err_, V8POOL_OK, "%s", "");
    run_->awaited.Reset();
    returned_ = thrown_;
    return Verdict();
}

// From here on it is renderError's answer that is waited for.
void Turn::AskBoundary()
{
    v8::TryCatch caught(isolate_);
    Local<v8::Value> value;

    run_->failed.reset(new (std::nothrow) v8pool_error(*err_));
    if (run_->failed == nullptr) {
        return;
    }
    status_ = v8p_error_set(err_, V8POOL_OK, "%s", "");
    run_->fields.clear();
    run_->awaited.Reset();
    returned_.Clear();
    context_->SetContinuationPreservedEmbedderData(run_->frame.Get(isolate_));
    if (!v8e::CallBoundary(run_, context_, thrown_).ToLocal(&value)) {
        status_ = v8e::Failure(own_, context_, caught, V8POOL_E_SCRIPT, err_);
    }
    else {
        Await(value);
    }
    Drain();
}

// What comes of the answer now, nobody gets.
v8e_state Turn::GiveUp()
{
    run_->stage = Stage::kAfter;
    run_->on_room.Reset();
    v8e::TellAborted(run_, context_);
    Drain();
    return status_ == V8POOL_OK && run_->aborting == v8e::Aborting::kGone
               ? Verdict()
               : V8E_ENDED;
}

v8e_state Turn::Take(v8pool_status *status)
{
    v8e_state state;

    if (run_->aborting != v8e::Aborting::kNo && !run_->was_told) {
        run_->was_told = true;
        state = GiveUp();
    }
    else {
        if (run_->stage == Stage::kNew) {
            Begin();
        }
        else {
            GoOn();
        }
        Drain();
        state = Verdict();
    }

    if (HasThrown() && v8e::IsResponse(run_, context_, thrown_)) {
        state = AnswerThrown();
    }
    if (HasThrown() && !run_->own->boundary.IsEmpty()) {
        AskBoundary();
        state = Verdict();
        if (run_->failed != nullptr && state != V8E_ENDED) {
            v8e::LogBoundary(run_);
        }
    }
    if (state == V8E_ENDED && run_->failed != nullptr &&
        run_->aborting == v8e::Aborting::kNo) {
        status_ = v8e::BoundaryVerdict(run_, status_, err_);
    }
    if (!own_->rejected.empty()) {
        v8e::LogUnhandled(own_, context_);
        own_->Drain();
    }
    *status = status_;
    return state;
}

// Nothing was thrown: the entry is the place to look at.
void AddPlace(const v8e_run *run, v8pool_status status, v8pool_error *err)
{
    if (status != V8POOL_OK && status != V8POOL_DECLINED &&
        err->source[0] == '\0') {
        v8e::DescribePlace(run->own->owner->v8,
                           run->own->entry.Get(run->own->owner->v8), err);
    }
}

} // namespace

namespace v8e {

bool HasOutstanding(const v8e_run *run)
{
    return run->stage != Stage::kEnded &&
           (run->stage == Stage::kNew || !run->timers.empty() ||
            !run->tasks.empty() || !run->on_room.IsEmpty() ||
            !run->events.empty() || run->wants_body ||
            HasExchange(run));
}

} // namespace v8e

v8e_run *v8e_run_create(v8e_context *context, const v8pool_request *request,
                        const v8e_sink *sink)
{
    auto *run = new (std::nothrow) v8e_run();

    if (run != nullptr) {
        run->own = context;
        run->request = request;
        run->sink = sink;
        run->id = ++context->owner->last_run;
        context->runs++;
        context->owner->runs.push_back(run);
    }
    return run;
}

void v8e_run_destroy(v8e_run **runp)
{
    v8e_run *run = *runp;
    v8e_context *context = run->own;
    auto &runs = context->owner->runs;

    *runp = nullptr;
    v8e::CancelExchanges(run);
    runs.erase(std::find(runs.begin(), runs.end(), run));
    delete run;
    context->runs--;
    if (context->is_retired && context->runs == 0) {
        v8e_context_destroy(&context);
    }
}

v8e_state v8e_run_turn(v8e_run *run, v8pool_status *status,
                       v8pool_timing *timing, v8pool_error *err)
{
    v8e_isolate *own = run->own->owner;
    v8e::Entered entered(run->own, run->sink);
    v8e::Doing doing(run->own->name.c_str(), run->request->url);
    uint64_t gc_before = own->gc_us;
    uint64_t start = v8e::NowUs();
    uint32_t output_before = run->timing.output_us;

    own->turn = run;
    v8e_state state = Turn(run, entered.local, err).Take(status);

    own->turn = nullptr;
    if (state == V8E_ENDED) {
        run->stage = v8e::Stage::kEnded;
        AddPlace(run, *status, err);
    }
    if (own->heap_hit && *status != V8POOL_E_HEAP) {
        // The limit was passed and the script still ended: the isolate must go
        // all the same.
        *status = v8p_error_message(err, V8POOL_E_HEAP,
                                    "the heap limit of %zu MiB was reached",
                                    own->limits.heap_bytes / (1024 * 1024));
        state = V8E_ENDED;
    }
    run->timing.call_us +=
        static_cast<uint32_t>(v8e::NowUs() - start -
                              (run->timing.output_us - output_before));
    run->timing.gc_us += static_cast<uint32_t>(own->gc_us - gc_before);
    *timing = run->timing;
    return state;
}

uint64_t v8e_run_wakes_us(v8e_run *run)
{
    v8e_isolate *own = run->own->owner;

    if (run->stage == v8e::Stage::kNew || !run->tasks.empty() ||
        !run->events.empty() ||
        (!run->on_room.IsEmpty() && run->has_room)) {
        return 0;
    }
    v8::Isolate::Scope scope(own->v8);
    v8::HandleScope handles(own->v8);

    // Settled by another run, or never to be settled now that one has ended.
    if (run->stage < v8e::Stage::kAfter &&
        (run->awaited.Get(own->v8)->State() != v8::Promise::kPending ||
         IsHung(run))) {
        return 0;
    }
    if (run->stage == v8e::Stage::kAfter && (run->kept == 0 || IsHung(run))) {
        return 0;
    }
    uint64_t first = v8e::FirstTimerUs(run);

    return first <= v8e::NowUs() ? 0 : first;
}

void v8e_run_room(v8e_run *run)
{
    run->has_room = true;
}

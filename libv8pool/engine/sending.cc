// SPDX-License-Identifier: Apache-2.0
//
// sending.cc: chunks to the sink, within the response's limit.

#include "sending.h"

#include "../error.h"
#include "natives.h"
#include "output.h"
#include "turn.h"

#include <cstdlib>
#include <cstring>

namespace v8e {
namespace {

v8pool_status TooLarge(const v8e_run *run, v8pool_error *err)
{
    return v8p_error_set(err, V8POOL_E_TOO_LARGE,
                         "the response has more than %zu bytes",
                         run->request->max_response_bytes);
}

size_t Left(const v8e_run *run)
{
    return run->request->max_response_bytes - run->sent_bytes;
}

// Takes data.
v8pool_status Send(v8e_run *run, char *data, size_t length,
                   v8pool_error *err)
{
    run->sent_bytes += length;
    if (run->sink->chunk(run->sink->baton, data, length) != 0) {
        return v8p_error_set(err, V8POOL_E_CANCELLED, "nobody listens");
    }
    return V8POOL_OK;
}

v8pool_status SendChunk(v8e_run *run, v8::Local<v8::Value> chunk,
                        v8pool_error *err)
{
    if (chunk->IsString()) {
        return SendText(run, chunk.As<v8::String>(), err);
    }
    if (chunk->IsArrayBufferView()) {
        return SendView(run, chunk.As<v8::ArrayBufferView>(), err);
    }
    if (chunk->IsArrayBuffer()) {
        auto store = chunk.As<v8::ArrayBuffer>()->GetBackingStore();

        return SendBytes(run, store->Data(), store->ByteLength(), err);
    }
    return v8p_error_set(err, V8POOL_E_ARG,
                         "a chunk of the body: a string or bytes (Uint8Array) "
                         "were expected");
}

void Throw(v8::Isolate *isolate, v8e_run *run, const v8pool_error &err)
{
    v8::Local<v8::String> text =
        Utf8(isolate, err.message, strlen(err.message));

    run->send_status = err.status == V8POOL_E_ARG ? V8POOL_E_ANSWER
                                                  : err.status;
    isolate->ThrowException(v8::Exception::TypeError(text));
}

} // namespace

v8pool_status SendBytes(v8e_run *run, const void *data, size_t length,
                        v8pool_error *err)
{
    char *copy;

    if (length > Left(run)) {
        return TooLarge(run, err);
    }
    if (length == 0) {
        return V8POOL_OK;
    }
    copy = static_cast<char *>(malloc(length));
    if (copy == nullptr) {
        return v8p_error_set(err, V8POOL_E_MEMORY, "no memory for the answer");
    }
    memcpy(copy, data, length);
    return Send(run, copy, length, err);
}

v8pool_status SendView(v8e_run *run, v8::Local<v8::ArrayBufferView> view,
                       v8pool_error *err)
{
    auto bytes =
        static_cast<const char *>(view->Buffer()->GetBackingStore()->Data());

    return SendBytes(run, bytes != nullptr ? bytes + view->ByteOffset() : "",
                     view->ByteLength(), err);
}

v8pool_status SendBehind(v8e_run *run, v8pool_error *err)
{
    std::string behind;

    behind.swap(run->behind);
    return SendBytes(run, behind.data(), behind.size(), err);
}

v8pool_status SendText(v8e_run *run, v8::Local<v8::String> text,
                       v8pool_error *err)
{
    char *data = nullptr;
    size_t length = 0;

    switch (ToUtf8(run->own->owner->v8, text, Left(run), &data, &length)) {
    case Output::kTooLarge:
        return TooLarge(run, err);
    case Output::kNoMemory:
        return v8p_error_set(err, V8POOL_E_MEMORY, "no memory for the answer");
    case Output::kOk:
        break;
    }
    if (length == 0) {
        free(data); // it would cost memory that no bound counts, and the head
        return V8POOL_OK;
    }
    return Send(run, data, length, err);
}

void WriteChunk(const v8::FunctionCallbackInfo<v8::Value> &info)
{
    v8::Isolate *isolate = info.GetIsolate();
    v8e_run *run = CurrentRun(v8e_isolate::From(isolate));
    v8pool_error err = {};

    if (run == nullptr || run->stage != Stage::kSending) {
        v8p_error_set(&err, V8POOL_E_SCRIPT, "the render has ended");
        isolate->ThrowException(v8::Exception::Error(
            Utf8(isolate, err.message, strlen(err.message))));
        return;
    }
    if (SendChunk(run, info[0], &err) != V8POOL_OK) {
        Throw(isolate, run, err);
        return;
    }
    run->has_room = run->sink->room(run->sink->baton) != 0;
    info.GetReturnValue().Set(run->has_room);
}

void OnRoom(const v8::FunctionCallbackInfo<v8::Value> &info)
{
    v8e_run *run = CurrentRun(v8e_isolate::From(info.GetIsolate()));

    if (run != nullptr && Takes(info, "f")) {
        run->on_room.Reset(info.GetIsolate(), info[0].As<v8::Function>());
    }
}

} // namespace v8e

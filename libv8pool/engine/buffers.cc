// SPDX-License-Identifier: Apache-2.0
//
// buffers.cc: bytes to and from JavaScript, moving array buffers, and
// structuredClone on V8's serializer.

#include "natives.h"

#include <cstring>
#include <vector>

namespace v8e {

Bytes::Bytes(v8::Local<v8::Value> value)
{
    if (!value->IsArrayBufferView()) {
        return;
    }
    auto view = value.As<v8::ArrayBufferView>();

    size_ = view->ByteLength();
    if (size_ <= sizeof(kept_)) {
        view->CopyContents(kept_, size_);
        return;
    }
    data_ = static_cast<const uint8_t *>(
                view->Buffer()->GetBackingStore()->Data()) +
            view->ByteOffset();
}

void ThrowTypeError(v8::Isolate *isolate, const char *message)
{
    isolate->ThrowException(
        v8::Exception::TypeError(Utf8(isolate, message, strlen(message))));
}

void ThrowRangeError(v8::Isolate *isolate, const char *message)
{
    isolate->ThrowException(
        v8::Exception::RangeError(Utf8(isolate, message, strlen(message))));
}

v8::MaybeLocal<v8::Uint8Array> NewBytes(v8::Isolate *isolate, size_t size,
                                        uint8_t **data)
{
    // ArrayBuffer::New() ends the process where the quota refuses.
    v8::ArrayBuffer::Allocator *allocator = isolate->GetArrayBufferAllocator();
    void *memory = size > 0 ? allocator->AllocateUninitialized(size) : nullptr;

    if (memory == nullptr && size > 0) {
        ThrowRangeError(isolate, "Array buffer allocation failed");
        return {};
    }
    auto store = v8::ArrayBuffer::NewBackingStore(
        memory, size,
        [](void *bytes, size_t length, void *by) {
            static_cast<v8::ArrayBuffer::Allocator *>(by)->Free(bytes, length);
        },
        allocator);

    *data = static_cast<uint8_t *>(memory);
    return v8::Uint8Array::New(v8::ArrayBuffer::New(isolate, std::move(store)),
                               0, size);
}

namespace {

using v8::Local;

// moveBuffer(buffer): a new one with the memory of it, which is detached.
void MoveBuffer(const Info &info)
{
    if (!Takes(info, "b")) {
        return;
    }
    auto buffer = info[0].As<v8::ArrayBuffer>();

    if (!buffer->IsDetachable()) {
        ThrowTypeError(info.GetIsolate(), "the ArrayBuffer cannot be moved");
        return;
    }
    auto store = buffer->GetBackingStore();

    buffer->Detach();
    info.GetReturnValue().Set(
        v8::ArrayBuffer::New(info.GetIsolate(), std::move(store)));
}

// What V8's serializer cannot do itself is asked of the runtime.
class Cloner final : public v8::ValueSerializer::Delegate,
                     public v8::ValueDeserializer::Delegate {
  public:
    Cloner(v8::Isolate *isolate, Local<v8::Context> context,
           Local<v8::Value> copy, Local<v8::Value> failed)
        : isolate_(isolate), context_(context),
          copy_(copy.As<v8::Function>()), failed_(failed.As<v8::Function>()),
          copies_(v8::Array::New(isolate))
    {
    }

    v8::MaybeLocal<v8::Value> Clone(Local<v8::Value> value,
                                    Local<v8::Array> moved);

    void ThrowDataCloneError(Local<v8::String> message) override
    {
        Local<v8::Value> argument = message;
        Local<v8::Value> error;

        if (failed_->Call(context_, v8::Undefined(isolate_), 1, &argument)
                .ToLocal(&error)) {
            isolate_->ThrowException(error);
        }
    }

    v8::Maybe<bool> WriteHostObject(v8::Isolate *,
                                    Local<v8::Object> object) override
    {
        Local<v8::Value> argument = object;
        Local<v8::Value> copied;

        if (!copy_->Call(context_, v8::Undefined(isolate_), 1, &argument)
                 .ToLocal(&copied) ||
            copies_->Set(context_, copies_->Length(), copied).IsNothing()) {
            return v8::Nothing<bool>();
        }
        writer_->WriteUint32(copies_->Length() - 1);
        return v8::Just(true);
    }

    v8::MaybeLocal<v8::Object> ReadHostObject(v8::Isolate *) override
    {
        uint32_t index = 0;
        Local<v8::Value> copied;

        if (!reader_->ReadUint32(&index) ||
            !copies_->Get(context_, index).ToLocal(&copied) ||
            !copied->IsObject()) {
            return {};
        }
        return copied.As<v8::Object>();
    }

  private:
    bool Write(Local<v8::Value> value, Local<v8::Array> moved,
               v8::ValueSerializer *writer);

    v8::Isolate *isolate_;
    Local<v8::Context> context_;
    Local<v8::Function> copy_;
    Local<v8::Function> failed_;
    Local<v8::Array> copies_; // V8's handles do not last from one to the next
    v8::ValueSerializer *writer_ = nullptr;
    v8::ValueDeserializer *reader_ = nullptr;
    std::vector<Local<v8::ArrayBuffer>> buffers_;
};

bool Cloner::Write(Local<v8::Value> value, Local<v8::Array> moved,
                   v8::ValueSerializer *writer)
{
    bool written = false;

    writer_ = writer;
    writer->WriteHeader();
    for (uint32_t i = 0; i < moved->Length(); i++) {
        Local<v8::Value> buffer;

        if (!moved->Get(context_, i).ToLocal(&buffer)) {
            return false;
        }
        if (!buffer->IsArrayBuffer() ||
            !buffer.As<v8::ArrayBuffer>()->IsDetachable()) {
            ThrowDataCloneError(
                Utf8(isolate_, "the ArrayBuffer cannot be moved", 31));
            return false;
        }
        writer->TransferArrayBuffer(i, buffer.As<v8::ArrayBuffer>());
        buffers_.push_back(buffer.As<v8::ArrayBuffer>());
    }
    return writer->WriteValue(context_, value).To(&written) && written;
}

v8::MaybeLocal<v8::Value> Cloner::Clone(Local<v8::Value> value,
                                        Local<v8::Array> moved)
{
    v8::ValueSerializer writer(isolate_, this);
    v8::MaybeLocal<v8::Value> result;

    if (!Write(value, moved, &writer)) {
        free(writer.Release().first);
        return {};
    }
    std::pair<uint8_t *, size_t> data = writer.Release();
    {
        v8::ValueDeserializer reader(isolate_, data.first, data.second, this);
        bool header = false;

        reader_ = &reader;
        for (uint32_t i = 0; i < buffers_.size(); i++) {
            auto store = buffers_[i]->GetBackingStore();

            buffers_[i]->Detach();
            reader.TransferArrayBuffer(
                i, v8::ArrayBuffer::New(isolate_, std::move(store)));
        }
        if (reader.ReadHeader(context_).To(&header) && header) {
            result = reader.ReadValue(context_);
        }
    }
    free(data.first);
    return result;
}

// clone(value, buffers to move, copy of a platform object, DataCloneError of)
void Clone(const Info &info)
{
    if (!Takes(info, "*aff")) {
        return;
    }
    v8::Isolate *isolate = info.GetIsolate();
    Cloner cloner(isolate, isolate->GetCurrentContext(), info[2], info[3]);
    Local<v8::Value> copy;

    if (cloner.Clone(info[0], info[1].As<v8::Array>()).ToLocal(&copy)) {
        info.GetReturnValue().Set(copy);
    }
}

} // namespace

constexpr Native kBufferNatives[] = {
    {"clone", Clone}, {"moveBuffer", MoveBuffer}, {nullptr, nullptr}};

} // namespace v8e

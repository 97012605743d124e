// SPDX-License-Identifier: Apache-2.0
//
// fetch.cc: exchanges of runs.  Each belongs to the run whose code asked for it
// and goes with it.

#include "fetch.h"

#include "headers.h"
#include "natives.h"
#include "timers.h"
#include "turn.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace v8e {
namespace {

std::string Text(v8::Isolate *isolate, v8::Local<v8::Value> value)
{
    v8::String::Utf8Value text(isolate, value);

    return *text != nullptr
               ? std::string(*text, static_cast<size_t>(text.length()))
               : "";
}

// Names and values by turns, which JavaScript has checked.
std::vector<std::string> Texts(v8::Local<v8::Context> context,
                               v8::Local<v8::Value> list)
{
    v8::Isolate *isolate = context->GetIsolate();
    std::vector<std::string> texts;
    v8::Local<v8::Array> array = list.As<v8::Array>();

    for (uint32_t i = 0; i < array->Length(); i++) {
        v8::Local<v8::Value> value;

        texts.push_back(array->Get(context, i).ToLocal(&value)
                            ? FieldBytes(isolate, value)
                            : "");
    }
    return texts;
}

std::vector<v8pool_header> Pairs(const std::vector<std::string> &texts)
{
    std::vector<v8pool_header> pairs;

    for (size_t i = 0; i + 1 < texts.size(); i += 2) {
        pairs.push_back({texts[i].c_str(), texts[i + 1].c_str()});
    }
    return pairs;
}

// The exchange that info[0] names, of the run whose code calls.
v8e_run *OwnerOf(const Info &info, uint32_t *number)
{
    v8e_run *run = CurrentRun(v8e_isolate::From(info.GetIsolate()));

    *number = info[0]->IsUint32() ? info[0].As<v8::Uint32>()->Value() : 0;
    return run != nullptr && FindExchange(run, *number) != nullptr ? run : nullptr;
}

v8::Local<v8::Array> HeaderArray(v8::Isolate *isolate,
                                 const std::vector<std::string> &texts)
{
    std::vector<v8::Local<v8::Value>> values;

    for (const std::string &text : texts) {
        values.push_back(FieldText(isolate, text));
    }
    return v8::Array::New(isolate, values.data(), values.size());
}

// What the callback is called with.
std::vector<v8::Local<v8::Value>> Arguments(v8::Local<v8::Context> context,
                                            const NetEvent &event)
{
    v8::Isolate *isolate = context->GetIsolate();
    auto text = [&](const std::string &s) -> v8::Local<v8::Value> {
        return Utf8(isolate, s.data(), s.size());
    };
    uint8_t *bytes;
    v8::Local<v8::Uint8Array> array;

    switch (event.kind) {
    case V8E_NET_HEAD:
        return {text("head"),
                v8::Integer::New(isolate, event.status),
                FieldText(isolate, event.status_text),
                text(event.url),
                v8::Boolean::New(isolate, event.redirected),
                HeaderArray(isolate, event.headers)};
    case V8E_NET_DATA:
        if (!NewBytes(isolate, event.data.size(), &bytes).ToLocal(&array)) {
            return {};
        }
        memcpy(bytes, event.data.data(), event.data.size());
        return {text("data"), array};
    case V8E_NET_ROOM:
        return {text("room")};
    case V8E_NET_END:
        break;
    }
    return {text("end"), text(event.code), text(event.message)};
}

} // namespace

Exchange *FindExchange(v8e_run *run, uint32_t number)
{
    for (Exchange &exchange : run->exchanges) {
        if (exchange.number == number) {
            return &exchange;
        }
    }
    return nullptr;
}

void EraseExchange(v8e_run *run, uint32_t number)
{
    auto &all = run->exchanges;

    if (number == V8E_NET_BODY) {
        run->wants_body = false;
    }
    all.erase(std::remove_if(all.begin(), all.end(),
                             [number](const Exchange &e) {
                                 return e.number == number;
                             }),
              all.end());
}

bool HasExchange(const v8e_run *run)
{
    for (const Exchange &exchange : run->exchanges) {
        if (exchange.number != V8E_NET_BODY) {
            return true;
        }
    }
    return false;
}

void FetchStart(const Info &info)
{
    v8::Isolate *isolate = info.GetIsolate();
    v8::Local<v8::Context> context = isolate->GetCurrentContext();
    v8e_run *run = NeedRun(isolate, "fetch");

    if (run == nullptr || !Takes(info, "**a*if")) {
        return;
    }
    std::string method = Text(isolate, info[0]), url = Text(isolate, info[1]);
    std::vector<std::string> texts = Texts(context, info[2]);
    std::vector<v8pool_header> headers = Pairs(texts);
    v8e_fetch fetch = {};
    uint32_t number = ++run->last_exchange;

    fetch.number = number;
    fetch.method = method.c_str();
    fetch.url = url.c_str();
    fetch.headers = headers.data();
    fetch.header_count = headers.size();
    fetch.streamed = info[3]->IsTrue();
    fetch.redirect =
        static_cast<v8e_redirect>(info[4].As<v8::Integer>()->Value());
    std::optional<Bytes> body;

    if (info[3]->IsUint8Array()) {
        body.emplace(info[3]);
        fetch.body = reinterpret_cast<const char *>(body->data());
        fetch.body_length = body->size();
    }
    run->exchanges.push_back(
        {number,
         {isolate, info[5].As<v8::Function>()},
         {isolate, context->GetContinuationPreservedEmbedderData()}});
    if (run->sink->net == nullptr ||
        run->sink->net->start(run->sink->baton, &fetch) != 0) {
        EraseExchange(run, number);
        ThrowTypeError(isolate, "fetch failed: there is no network here");
        return;
    }
    info.GetReturnValue().Set(number);
}

void FetchSend(const Info &info)
{
    uint32_t number;
    v8e_run *run = OwnerOf(info, &number);

    if (run == nullptr) {
        info.GetReturnValue().Set(true);
        return;
    }
    if (!info[1]->IsUint8Array()) {
        ThrowTypeError(info.GetIsolate(),
                       "fetch: the body's stream gave a chunk that is no "
                       "Uint8Array");
        return;
    }
    Bytes bytes(info[1]);

    info.GetReturnValue().Set(
        run->sink->net->send(run->sink->baton, number,
                             reinterpret_cast<const char *>(bytes.data()),
                             bytes.size()) != 0);
}

void FetchSendEnd(const Info &info)
{
    uint32_t number;
    v8e_run *run = OwnerOf(info, &number);

    if (run != nullptr) {
        run->sink->net->send_end(run->sink->baton, number);
    }
}

void FetchRead(const Info &info)
{
    uint32_t number;
    v8e_run *run = OwnerOf(info, &number);

    if (run != nullptr && Takes(info, "in")) {
        run->sink->net->consumed(
            run->sink->baton, number,
            static_cast<size_t>(info[1].As<v8::Number>()->Value()));
    }
}

void FetchCancel(const Info &info)
{
    uint32_t number;
    v8e_run *run = OwnerOf(info, &number);

    if (run != nullptr) {
        run->sink->net->cancel(run->sink->baton, number);
        EraseExchange(run, number);
    }
}

// What relative URLs are relative to: the page's own URL.
void BaseUrl(const Info &info)
{
    v8e_run *run = NeedRun(info.GetIsolate(), "fetch");

    if (run != nullptr) {
        std::string origin = run->request->origin;
        std::string url =
            (origin.empty() ? "http://localhost" : origin) + run->request->url;

        info.GetReturnValue().Set(
            Utf8(info.GetIsolate(), url.data(), url.size()));
    }
}

bool RunEvent(v8e_run *run, v8::Local<v8::Context> context)
{
    v8::Isolate *isolate = context->GetIsolate();

    while (!run->events.empty()) {
        NetEvent event = std::move(run->events.front());
        Exchange *exchange = FindExchange(run, event.number);

        run->events.pop_front();
        if (exchange == nullptr) {
            continue; // given up meanwhile
        }
        v8::TryCatch caught(isolate);
        v8::Local<v8::Function> callback = exchange->callback.Get(isolate);
        v8::Local<v8::Value> frame = exchange->frame.Get(isolate);
        auto args = Arguments(context, event);

        if (event.kind == V8E_NET_END) {
            EraseExchange(run, event.number);
        }
        CallLater(run, context, callback, frame, static_cast<int>(args.size()),
                  args.data());
        return true;
    }
    return false;
}

void CancelExchanges(v8e_run *run)
{
    for (const Exchange &exchange : run->exchanges) {
        // a body that nothing was read of may be another run's
        if (exchange.number != V8E_NET_BODY) {
            run->sink->net->cancel(run->sink->baton, exchange.number);
        }
    }
    run->exchanges.clear();
    run->events.clear();
}

} // namespace v8e

void v8e_run_event(v8e_run *run, const v8e_net_event *event)
{
    v8e::NetEvent copy;
    auto text = [](const char *s) { return std::string(s != nullptr ? s : ""); };

    copy.kind = event->kind;
    copy.number = event->number;
    copy.status = event->status;
    copy.redirected = event->redirected != 0;
    copy.status_text = text(event->status_text);
    copy.url = text(event->url);
    copy.code = text(event->code);
    copy.message = text(event->message);
    for (size_t i = 0; i < event->header_count; i++) {
        copy.headers.emplace_back(event->headers[i].name);
        copy.headers.emplace_back(event->headers[i].value);
    }
    if (event->number == V8E_NET_BODY) {
        run->wants_body = false; // it is on its way
    }
    if (event->length > 0) {
        copy.data.assign(event->data, event->length);
    }
    run->events.push_back(std::move(copy));
}

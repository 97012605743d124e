// SPDX-License-Identifier: Apache-2.0
//
// fetch.h: fetch.js's natives, and events on their way to it.

#ifndef V8E_FETCH_H
#define V8E_FETCH_H

#include "net.h"

#include "isolate.h"

namespace v8e {

// An exchange of a run.
struct Exchange {
    uint32_t number;
    v8::Global<v8::Function> callback;
    v8::Global<v8::Value> frame; // continuation data of whoever asked
};

// What came, until the run's turn.
struct NetEvent {
    v8e_net_kind kind = V8E_NET_END;
    uint32_t number = 0;
    int status = 0;
    bool redirected = false;
    std::string status_text, url, code, message;
    std::vector<std::string> headers; // name, value, …
    std::string data;
};

void FetchStart(const v8::FunctionCallbackInfo<v8::Value> &info);
void FetchSend(const v8::FunctionCallbackInfo<v8::Value> &info);
void FetchSendEnd(const v8::FunctionCallbackInfo<v8::Value> &info);
void FetchRead(const v8::FunctionCallbackInfo<v8::Value> &info);
void FetchCancel(const v8::FunctionCallbackInfo<v8::Value> &info);
void BaseUrl(const v8::FunctionCallbackInfo<v8::Value> &info);

// Hands the first event over; false: there is none.  Armed.
bool RunEvent(v8e_run *run, v8::Local<v8::Context> context);

// One that the body of its request is none of.
bool HasExchange(const v8e_run *run);

// nullptr: it is over.
Exchange *FindExchange(v8e_run *run, uint32_t number);
void EraseExchange(v8e_run *run, uint32_t number);

// The run ends: nothing more is wanted.
void CancelExchanges(v8e_run *run);

} // namespace v8e

#endif // V8E_FETCH_H

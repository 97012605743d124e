// SPDX-License-Identifier: Apache-2.0
//
// allocator.cc: array buffers within a quota.

#include "isolate.h"

#include <cstdlib>

namespace v8e {

// V8 dies when a tiny buffer is refused, because it moves the elements of
// small typed arrays off its heap without asking twice (b6).  These pass; their
// number is bounded by the heap limit, since each has an object there.
constexpr size_t kNeverRefused = 64;

bool QuotaAllocator::Take(size_t length)
{
    size_t used = used_.fetch_add(length, std::memory_order_relaxed);

    if (length <= kNeverRefused || used + length <= limit_) {
        return true;
    }
    used_.fetch_sub(length, std::memory_order_relaxed);
    return false;
}

// nullptr becomes a RangeError in the bundle, after V8 has collected garbage.
void *QuotaAllocator::Allocate(size_t length)
{
    void *data = Take(length) ? std::calloc(length, 1) : nullptr;

    return data;
}

void *QuotaAllocator::AllocateUninitialized(size_t length)
{
    void *data = Take(length) ? std::malloc(length) : nullptr;

    return data;
}

void QuotaAllocator::Free(void *data, size_t length)
{
    size_t used = used_.fetch_sub(length, std::memory_order_relaxed) - length;
    size_t least = least_.load(std::memory_order_relaxed);

    while (used < least &&
           !least_.compare_exchange_weak(least, used,
                                         std::memory_order_relaxed)) {
    }
    std::free(data);
}

size_t QuotaAllocator::GrownSinceMark() const
{
    size_t least = least_.load(std::memory_order_relaxed);
    size_t used = used_.load(std::memory_order_relaxed);

    return used - std::min(used, least);
}

} // namespace v8e

/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_names.c: what the engine without V8 is called, and its entries.
 */
#include "run.h"

const char *v8e_version(void)
{
    return "fake 1";
}

const char *v8e_context_entry(const v8e_context *context)
{
    (void)context;
    return "fake(url)";
}

void v8e_run_blame(uint32_t *state, uint32_t value)
{
    (void)state, (void)value; /* it ends no process */
}

void v8e_catch_traps(void) {}

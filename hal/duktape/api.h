/* The API's methods for this engine. See api.c. */
#ifndef API_H
#define API_H

#include "duktape.h"
#include "errors.h"
#include <stdbool.h>
#include <stdint.h>

/* Shapes, as firmware/api/open.ts numbers them. */
enum shape { SHAPE_AREA, SHAPE_MAP, SHAPE_LOG, SHAPE_CACHE, SHAPE_DEVICE, SHAPE_STORE };

/* Codes of firmware/api/messages.ts that C gives or compares; those of the core: errors.h. */
enum {
    API_OUTSIDE = -100, API_OTHER_LENGTH = -101, API_BAD_NAME = -102, API_FULL = -103, API_BAD_KEY = -104, API_BAD_VALUE = -105, API_FREED = -106, API_NO_BYTES = -107, API_CHANGED = -108,
    API_WIDE_TEXT = -109, API_BAD_SECTORS = -110, API_NOT_DURABLE = -111, API_MEM_LIMIT = -112, API_NO_HANDLER = -113, API_TOO_LONG = -114, API_TOO_MANY_CACHES = -115,
    API_BAD_DEVICE = -116, API_BAD_FRAMES = -117, API_CLOSED = -118, API_DURABLE_TOO_BIG = -119, API_NO_FUNCTION = -120, API_WRONG_VERSION = -130,
};

/* One call of a method: the value stack holds three arguments, and `this` as the fourth. */
enum { ARGUMENT_THIS = 3 };
struct call {
    duk_context *ctx;
    enum shape shape;
    uint32_t handle;
};

/* Names that nearly each call looks up. As C text the engine would hash and seek them each time; they are sought once, at the start,
 * because the engine's strings in ROM never move. */
enum api_name { NAME_HANDLE, NAME_SHAPE, NAME_BYTES, NAME_BYTES_PER_ELEMENT, API_NAMES };
void api_open_names(duk_context *ctx);

/* Pushes a property of the object at `index`, or undefined. */
void api_get(duk_context *ctx, duk_idx_t index, enum api_name name);

/* Throws the sentence for `code` about `this`. */
void api_refuse(const struct call *call, int32_t code) __attribute__((noreturn));

/* Pages of the longest area: where things can be durable their directory has a leaf of 16 (firmware/api/open.ts, pagesMost). */
#define API_PAGES_MOST (BOARD_KNOBS_PAGES_MAX - (BOARD_KNOBS_DURABLE_PAGES_MAX ? 16 : 0))

/* For the sentence of ERR_WRONG_SIZE: the bytes that it has on flash. */
extern uint32_t api_kept_bytes;

/* The same about a shape with the name at `index`. */
void api_refuse_named(duk_context *ctx, int32_t code, enum shape shape, duk_idx_t index) __attribute__((noreturn));

/* z.area(), map(), log(), cache(), device(): name, bytes and options are the arguments. z.free(), z.delete(): argument 0;
 * `deletes`: what is on flash goes too. */
duk_ret_t api_open(duk_context *ctx, enum shape shape);
duk_ret_t api_free(duk_context *ctx, bool deletes);

/* z.on(), or z.off(). */
void api_handle(const struct call *call, bool adds);

/* Called when a run has ended: no handler is running any more, even if one threw. */
void api_end_telling(void);

/* Calls the handlers of "budget"; for engine_run_native(). */
duk_ret_t api_tell_budget(duk_context *ctx, void *unused);

/* The code if it is no error; else throws. */
int32_t api_answer(const struct call *call, int32_t code);

/* The bytes of a Uint8Array (or any buffer of single bytes); NULL for anything else. */
uint8_t *api_bytes(duk_context *ctx, duk_idx_t index, duk_size_t *length);

/* Pushes a fresh Uint8Array; its bytes. */
uint8_t *api_push_bytes(duk_context *ctx, duk_size_t length);

/* Methods of maps, logs and caches by their number in engine/builtins.yaml; results as for a C function of the engine. */
duk_ret_t map_method(const struct call *call, int method);
duk_ret_t log_method(const struct call *call, int method);
duk_ret_t cache_method(const struct call *call, int method);

#endif

/*
 * The bench image: takes pages from a file of the host, one after the other, and measures on each of them, in
 * instructions, our codec and the reference (LZ4 1.9.4 in C, 1 KB table) and a whole store and load through the
 * frontswap door. One record a page goes into a file of the host; what the figures mean is worked out there.
 *
 * Both codecs must decode each other's output, otherwise the bench fails: a fast codec that is wrong is not fast.
 *
 * Arguments (semihosting): NAME PAGES-FILE RECORDS-FILE. Exit status 0, or the number of the step that failed.
 * Instructions: the clock ticks every BOARD_CLOCK_INSTRUCTIONS_PER_TICK instructions under -icount shift=0; what it
 * costs to look at the clock is measured first and taken off.
 */
#include "board-config.h"
#include "core.h"
#include "hal.h"
#include "lz4.h"
#include "semihosting.h"
#include <stdint.h>
#include <string.h>

#define PAGE BOARD_KNOBS_PAGE_BYTES
/* LZ4's worst case for a page. */
#define PACKED_MAX (PAGE + PAGE / 255 + 16)
/* Pages that stay stored while the next ones come, so that the door works with a pool that is in use. */
#define KEPT 8

enum { FAILED_ARGUMENTS = 2, FAILED_OPEN, FAILED_STORE, FAILED_THEIRS, FAILED_OURS, FAILED_LOAD, FAILED_WRITE };
/* Knob of firmware/core/config.ts, and PoolKind.Persistent of tmem.ts. */
enum { KNOB_PAGE_BYTES = 0, KNOB_LINK_BYTES = 8, PERSISTENT = 1 };

/* One page's figures; the host reads them as little-endian words in this order (tools/bench/records.ts). */
struct record {
    uint32_t their_compress, their_decompress, our_compress, our_decompress, store, load;
    uint32_t their_bytes, our_bytes;
    int32_t store_result;
    uint32_t was_loaded;
};

static uint8_t page[PAGE], packed[PACKED_MAX], unpacked[PAGE];
static char arguments[512];
static uint32_t clock_cost;
static uint32_t pool;

/* Instructions since `start`, a value of clock_ticks(). */
static uint32_t since(uint64_t start)
{
    uint32_t spent = (uint32_t)(clock_ticks() - start) * BOARD_CLOCK_INSTRUCTIONS_PER_TICK;
    return spent > clock_cost ? spent - clock_cost : 0;
}

/* The mean of what an empty measurement shows. */
static void calibrate(void)
{
    uint32_t sum = 0;
    clock_cost = 0;
    for (int i = 0; i < 64; i++) {
        uint64_t start = clock_ticks();
        sum += since(start);
    }
    clock_cost = sum / 64;
}

static void require(int condition, uint32_t step) { if (!condition) host_exit(step); }

static void open_store(void)
{
    core_coreDefaults();
    core_coreSet(KNOB_PAGE_BYTES, PAGE);
    core_coreSet(KNOB_LINK_BYTES, BOARD_KNOBS_LINK_BYTES);
    require((int32_t)core_coreOpen(BOARD_RAM_ARENA_BYTES) > 0, FAILED_STORE);
    pool = core_poolOpen(PERSISTENT);
    require((int32_t)pool >= 0, FAILED_STORE);
}

static void measure_theirs(struct record *record)
{
    uint64_t start = clock_ticks();
    int length = LZ4_compress_default((const char *)page, (char *)packed, PAGE, (int)sizeof packed);
    record->their_compress = since(start);
    start = clock_ticks();
    int back = LZ4_decompress_safe((const char *)packed, (char *)unpacked, length, PAGE);
    record->their_decompress = since(start);
    record->their_bytes = (uint32_t)length;
    require(back == (int)PAGE && memcmp(page, unpacked, PAGE) == 0, FAILED_THEIRS);
}

/* Ours decodes theirs first, then its own; theirs decodes ours. The page lies in the link region, which nothing else uses. */
static void measure_ours(struct record *record)
{
    uint32_t from = core_linkOffset(), to = from + PAGE, buffer = core_zpageBufferOffset();
    memcpy(core_arena() + from, page, PAGE);
    uint64_t start = clock_ticks();
    uint32_t length = core_lz4Compress(from, PAGE, buffer, PAGE, core_codecTableOffset());
    record->our_compress = since(start);
    record->our_bytes = length;
    if ((int32_t)length < 0) {
        record->our_bytes = PAGE;
        return;
    }
    start = clock_ticks();
    uint32_t back = core_lz4Decompress(buffer, length, to, PAGE);
    record->our_decompress = since(start);
    require(back == PAGE && memcmp(page, core_arena() + to, PAGE) == 0, FAILED_OURS);
    int theirs = LZ4_decompress_safe((const char *)core_arena() + buffer, (char *)unpacked, (int)length, PAGE);
    require(theirs == (int)PAGE && memcmp(page, unpacked, PAGE) == 0, FAILED_OURS);
    if (record->their_bytes > PAGE) return;
    memcpy(core_arena() + buffer, packed, record->their_bytes);
    require(core_lz4Decompress(buffer, record->their_bytes, to, PAGE) == PAGE, FAILED_OURS);
    require(memcmp(page, core_arena() + to, PAGE) == 0, FAILED_OURS);
}

/* Stores page `number`, loads it, and forgets the one KEPT pages before. */
static void measure_door(struct record *record, uint32_t number)
{
    uint32_t from = core_linkOffset(), to = from + PAGE;
    memcpy(core_arena() + from, page, PAGE);
    uint64_t start = clock_ticks();
    record->store_result = (int32_t)core_frontswapStore(pool, 0, number & 255, from);
    record->store = since(start);
    if (record->store_result == 0) {
        start = clock_ticks();
        int32_t result = (int32_t)core_frontswapLoad(pool, 0, number & 255, to);
        record->load = since(start);
        record->was_loaded = 1;
        require(result == 0 && memcmp(page, core_arena() + to, PAGE) == 0, FAILED_LOAD);
    }
    if (number >= KEPT) core_frontswapInvalidatePage(pool, 0, (number - KEPT) & 255);
}

static void measure_page(int32_t records, uint32_t number)
{
    struct record record;
    memset(&record, 0, sizeof record);
    measure_theirs(&record);
    measure_ours(&record);
    measure_door(&record, number);
    require(host_write(records, &record, sizeof record), FAILED_WRITE);
}

/* The word after `word`; both end in a zero byte afterwards. */
static char *next_word(char *word)
{
    char *space = strchr(word, ' ');
    require(space != NULL, FAILED_ARGUMENTS);
    *space = 0;
    return space + 1;
}

int main(void)
{
    board_open();
    host_arguments(arguments, sizeof arguments);
    char *pages_path = next_word(arguments), *records_path = next_word(pages_path);
    int32_t pages = host_open(pages_path, OPEN_READ_BINARY), records = host_open(records_path, OPEN_WRITE_BINARY);
    require(pages >= 0 && records >= 0, FAILED_OPEN);
    open_store();
    calibrate();
    for (uint32_t number = 0; host_read(pages, page, PAGE) == PAGE; number++) measure_page(records, number);
    host_close(records);
    host_exit(0);
}

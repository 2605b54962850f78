/*
 * The bench image: takes pages from a file of the host, one after the other, and measures on each of them, in
 * instructions, our codecs and the reference (LZ4 1.9.4 in C, 1 KB table), and a whole store, load and invalidate through
 * the frontswap door, and a tick that has nothing to do. Then it takes every FLASH_STEPth page again, stores more of them
 * than RAM holds, and measures loads that come from flash, beside what a byte over the SPI line takes by itself. One
 * record a page and one a load from flash go into files of the host; what the figures mean is worked out there.
 *
 * Both LZ4s must decode each other's output, otherwise the bench fails: a fast codec that is wrong is not fast.
 *
 * Arguments (semihosting): NAME PAGES-FILE RECORDS-FILE FLASH-FILE. Exit status 0, or the number of the step that failed.
 * Instructions: the clock ticks every BOARD_CLOCK_INSTRUCTIONS_PER_TICK instructions under -icount shift=0; what it
 * costs to look at the clock is measured first and taken off.
 */
#include "board-config.h"
#include "core.h"
#include "hal.h"
#include "host-program.h"
#include "lz4.h"
#include "semihosting.h"
#include <stdint.h>
#include <string.h>

#define PAGE BOARD_KNOBS_PAGE_BYTES
/* LZ4's worst case for a page. */
#define PACKED_MAX (PAGE + PAGE / 255 + 16)
/* Pages that stay stored while the next ones come, so that the door works with a pool that is in use. */
#define KEPT 8
/* Of the pages, every so manyth is loaded from flash, this many stores after it was stored: more than RAM holds. */
#define FLASH_STEP 8
#define FLASH_BEHIND 128
/* Keys that are in use in turn. */
#define KEYS 256
/* The region that nothing of the store uses holds a page, what comes back, the packed page and the dense codec's work. */
#define BACK PAGE
#define PACKED (2 * PAGE)
#define WORK (3 * PAGE)
#define REGION_BYTES (WORK + 2304)
/* What a read sends before its bytes come: a command and an address. A record is read in two: its header, then the rest. */
#define COMMAND_BYTES 4
#define READS 2

enum { FAILED_OPEN = FAILED_ARGUMENTS + 1, FAILED_STORE, FAILED_THEIRS, FAILED_OURS, FAILED_DENSE, FAILED_LOAD, FAILED_INVALIDATE, FAILED_FLASH, FAILED_WRITE };
/* Knob of firmware/core/config.ts, PoolKind.Persistent of tmem.ts, Counter of counters.ts. */
enum { KNOB_PAGE_BYTES = 0, KNOB_PAGES_MAX = 1, KNOB_SECTOR_BYTES = 5, KNOB_SWAP_START = 6, KNOB_SWAP_SECTORS = 7, KNOB_LINK_BYTES = 8, KNOB_DENSE = 10 };
enum { PERSISTENT = 1, COUNTER_PSWPIN = 52, COUNTER_FLASH_BYTES_READ = 65 };

/* One page's figures; the host reads them as little-endian words in this order (tools/bench/records.ts). */
struct record {
    uint32_t their_compress, their_decompress, our_compress, our_decompress, store, load;
    uint32_t their_bytes, our_bytes;
    int32_t store_result;
    uint32_t was_loaded;
    uint32_t dense_compress, dense_decompress, dense_bytes, invalidate, tick;
};

/* A load from flash: its instructions, the bytes it read from the chip, and what as many bytes take in the driver alone. */
struct flash_record {
    uint32_t load, bytes, driver;
};

static uint8_t page[PAGE], packed[PACKED_MAX], unpacked[PAGE];
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

static void open_store(int has_swap)
{
    core_coreDefaults();
    core_coreSet(KNOB_PAGE_BYTES, PAGE);
    core_coreSet(KNOB_PAGES_MAX, 512);
    core_coreSet(KNOB_LINK_BYTES, REGION_BYTES);
    core_coreSet(KNOB_DENSE, 0);
    if (has_swap) {
        core_coreSet(KNOB_SECTOR_BYTES, BOARD_FLASH_SECTOR_BYTES);
        core_coreSet(KNOB_SWAP_START, BOARD_SWAP_START_BYTES);
        core_coreSet(KNOB_SWAP_SECTORS, BOARD_SWAP_SECTORS);
    }
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
    uint32_t from = core_linkOffset(), to = from + BACK, buffer = core_zpageBufferOffset();
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

/* The dense codec, which gives up above the longest zpage. */
static void measure_dense(struct record *record)
{
    uint32_t from = core_linkOffset(), to = from + BACK, packed_at = from + PACKED, work = from + WORK;
    memcpy(core_arena() + from, page, PAGE);
    uint64_t start = clock_ticks();
    uint32_t length = core_zbaleCompress(from, PAGE, packed_at, core_zpoolMaxBytes(), work);
    record->dense_compress = since(start);
    record->dense_bytes = PAGE;
    if ((int32_t)length < 0) return;
    record->dense_bytes = length;
    start = clock_ticks();
    uint32_t back = core_zbaleDecompress(packed_at, length, to, PAGE, work);
    record->dense_decompress = since(start);
    require(back == PAGE && memcmp(page, core_arena() + to, PAGE) == 0, FAILED_DENSE);
}

/* Idle work until there is none; what the call that found none took. */
static uint32_t idle_tick(void)
{
    for (;;) {
        uint64_t start = clock_ticks();
        uint32_t done = core_coreTick(1);
        uint32_t spent = since(start);
        if ((int32_t)done <= 0) return spent;
    }
}

/* Stores page `number`, loads it, and forgets the one KEPT pages before. */
static void measure_door(struct record *record, uint32_t number)
{
    uint32_t from = core_linkOffset(), to = from + BACK;
    memcpy(core_arena() + from, page, PAGE);
    uint64_t start = clock_ticks();
    record->store_result = (int32_t)core_frontswapStore(pool, 0, number % KEYS, from);
    record->store = since(start);
    if (record->store_result == 0) {
        start = clock_ticks();
        int32_t result = (int32_t)core_frontswapLoad(pool, 0, number % KEYS, to);
        record->load = since(start);
        record->was_loaded = 1;
        require(result == 0 && memcmp(page, core_arena() + to, PAGE) == 0, FAILED_LOAD);
    }
    record->tick = idle_tick();
    if (number < KEPT) return;
    start = clock_ticks();
    core_frontswapInvalidatePage(pool, 0, (number - KEPT) % KEYS);
    record->invalidate = since(start);
    require((int32_t)core_frontswapLoad(pool, 0, (number - KEPT) % KEYS, to) < 0, FAILED_INVALIDATE);
}

static void measure_page(int32_t records, uint32_t number)
{
    struct record record;
    memset(&record, 0, sizeof record);
    measure_theirs(&record);
    measure_ours(&record);
    measure_dense(&record);
    measure_door(&record, number);
    require(host_write(records, &record, sizeof record), FAILED_WRITE);
}

/* ---- flash ---- */

static uint32_t sums[KEYS];

static uint32_t sum_of(const uint8_t *bytes)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < PAGE; i++) sum = sum * 31 + bytes[i];
    return sum;
}

/* Instructions the driver takes for so many bytes over SPI, sent or received: one transaction of them, less an empty one. */
static uint32_t driver_cost(uint32_t bytes)
{
    uint8_t *to = core_arena() + core_linkOffset() + BACK;
    uint64_t start = clock_ticks();
    flash_read(BOARD_SWAP_START_BYTES, to, bytes);
    uint32_t all = since(start);
    start = clock_ticks();
    flash_read(BOARD_SWAP_START_BYTES, to, 0);
    return all - since(start);
}

/* Loads the page of a key; a record if it came from flash. A page that was refused or dropped is not there. */
static void measure_flash_load(int32_t records, uint32_t key)
{
    uint32_t to = core_linkOffset() + BACK;
    uint32_t loads = core_counter(COUNTER_PSWPIN), bytes = core_counter(COUNTER_FLASH_BYTES_READ);
    struct flash_record record;
    uint64_t start = clock_ticks();
    int32_t result = (int32_t)core_frontswapLoad(pool, 0, key, to);
    record.load = since(start);
    if (result != 0 || core_counter(COUNTER_PSWPIN) != loads + 1) return;
    require(sum_of(core_arena() + to) == sums[key], FAILED_FLASH);
    record.bytes = core_counter(COUNTER_FLASH_BYTES_READ) - bytes + READS * COMMAND_BYTES;
    record.driver = driver_cost(record.bytes);
    require(host_write(records, &record, sizeof record), FAILED_WRITE);
}

/* Stores sampled pages, far more than RAM holds, and loads each again FLASH_BEHIND stores later. */
static void measure_flash(int32_t pages, int32_t records)
{
    uint32_t stored = 0;
    if (!flash_chip()->size_bytes) return;
    open_store(1);
    for (uint32_t number = 0; host_read(pages, page, PAGE) == PAGE; number++) {
        if (number % FLASH_STEP) continue;
        uint32_t from = core_linkOffset();
        memcpy(core_arena() + from, page, PAGE);
        sums[stored % KEYS] = sum_of(page);
        core_frontswapStore(pool, 0, stored % KEYS, from);
        idle_tick();
        if (stored >= FLASH_BEHIND) measure_flash_load(records, (stored - FLASH_BEHIND) % KEYS);
        stored++;
    }
    for (uint32_t left = stored < FLASH_BEHIND ? stored : FLASH_BEHIND; left; left--) measure_flash_load(records, (stored - left) % KEYS);
}

int main(void)
{
    board_open();
    char *pages_path = first_argument(), *records_path = next_word(pages_path), *flash_path = next_word(records_path);
    int32_t pages = host_open(pages_path, OPEN_READ_BINARY), records = host_open(records_path, OPEN_WRITE_BINARY);
    int32_t again = host_open(pages_path, OPEN_READ_BINARY), flash = host_open(flash_path, OPEN_WRITE_BINARY);
    require(pages >= 0 && records >= 0 && again >= 0 && flash >= 0, FAILED_OPEN);
    open_store(0);
    calibrate();
    for (uint32_t number = 0; host_read(pages, page, PAGE) == PAGE; number++) measure_page(records, number);
    measure_flash(again, flash);
    host_close(records);
    host_close(flash);
    host_exit(0);
}

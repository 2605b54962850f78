/*
 * The driver and devices/serial.c are compiled as for a search for races (-fsanitize=thread, with volatile accesses apart):
 * a function is called before each access. Here that function lets time pass, enters the interrupt when its line is up,
 * and hands a register's value over from the model. Registers lie at their true addresses, in memory that is mapped
 * when the first access comes. What a write stored is looked at when the next call comes, before anything else happens.
 */
#include "processor.h"
#include "board.h"
#include "model.h"
#include "registers.h"
#include <sys/mman.h>

#define NVIC_SET_ENABLE 0xe000e100u
#define NVIC_CLEAR_ENABLE 0xe000e180u
#define NVIC_SET_PENDING 0xe000e200u
#define MODEL_BYTES 0x600u

uint32_t processor_served;
bool processor_is_masked;
static bool is_enabled, is_pending, is_serving, line_was_up;
static uintptr_t written_to;

void processor_reset(void)
{
    processor_served = 0;
    is_enabled = is_pending = line_was_up = processor_is_masked = false;
}

void processor_enable(void) { is_enabled = true; }

/* An edge of the line is kept, as the NVIC keeps it. */
static void look_at_line(void)
{
    bool is_up = model_line();
    if (is_up && !line_was_up) is_pending = true;
    line_was_up = is_up;
}

static void write_nvic(uint32_t address, uint32_t value)
{
    uint32_t at = address & ~0x7fu;
    if ((address & 0x7f) != UART_IRQ / 32 * 4 || !(value >> UART_IRQ % 32 & 1)) return;
    if (at == NVIC_SET_ENABLE || at == NVIC_CLEAR_ENABLE) is_enabled = at == NVIC_SET_ENABLE;
    if (at == NVIC_SET_PENDING) is_pending = true;
}

static bool is_model(uintptr_t address) { return address >= model_base && address < model_base + MODEL_BYTES; }

static void finish_write(void)
{
    if (!written_to) return;
    uint32_t address = (uint32_t)written_to, value = *(volatile uint32_t *)written_to;
    written_to = 0;
    if (is_model(address)) model_write(address - model_base, value);
    write_nvic(address, value);
    look_at_line();
}

/* A line that is still up at the end has the interrupt served again. */
static void serve(void)
{
    while (is_pending && is_enabled && !processor_is_masked && !is_serving) {
        is_serving = true;
        is_pending = false;
        processor_served++;
        serial_interrupt();
        finish_write();
        is_serving = false;
        is_pending |= line_was_up;
    }
}

void processor_idles(unsigned ticks)
{
    while (ticks--) {
        finish_write();
        world_passes();
        model_tick();
        look_at_line();
        serve();
    }
}

static void map_block(uintptr_t address)
{
    static bool is_mapped[65536];
    void *block = (void *)(address & ~(uintptr_t)0xffff);
    if (is_mapped[address >> 16]) return;
    is_mapped[address >> 16] = true;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    if (mmap(block, 65536, PROT_READ | PROT_WRITE, flags, -1, 0) != block) world_fails("no memory can be had at a register's address");
}

/* The program itself lies above 4 GB (-pie): below there are registers only. */
static void access_follows(uintptr_t address, bool is_write)
{
    processor_idles(1);
    if (address >> 32) return;
    map_block(address);
    if (is_write) written_to = address;
    else if (is_model(address)) *(volatile uint32_t *)address = model_read((uint32_t)address - model_base);
    look_at_line();
}

#define CALLED_BEFORE(access, is_write) \
    void access(uintptr_t address); \
    void access(uintptr_t address) { access_follows(address, is_write); }
CALLED_BEFORE(__tsan_volatile_read1, false)
CALLED_BEFORE(__tsan_volatile_read4, false)
CALLED_BEFORE(__tsan_volatile_write1, true)
CALLED_BEFORE(__tsan_volatile_write4, true)

#define CALLED_AND_NOT_NEEDED(name) \
    void name(void); \
    void name(void) {}
CALLED_AND_NOT_NEEDED(__tsan_init)
CALLED_AND_NOT_NEEDED(__tsan_func_entry)
CALLED_AND_NOT_NEEDED(__tsan_read1)
CALLED_AND_NOT_NEEDED(__tsan_write1)

void __tsan_func_exit(void);
void __tsan_func_exit(void) { finish_write(); }

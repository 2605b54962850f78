/*
 * Files and arguments of the host, through the debugger's door (BKPT 0xAB). Only the bench, the lockstep image, boards whose
 * flash is a file of the host and the image that counts instructions (cortex-m/start.c) use it: on a board without a debugger
 * the instruction is a fault.
 */
#ifndef SEMIHOSTING_H
#define SEMIHOSTING_H

#include <stdint.h>
#include <string.h>

enum { SYS_OPEN = 0x01, SYS_CLOSE = 0x02, SYS_WRITE0 = 0x04, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_SEEK = 0x0a, SYS_TIME = 0x11, SYS_GET_CMDLINE = 0x15, SYS_EXIT_EXTENDED = 0x20 };
enum { OPEN_READ_BINARY = 1, OPEN_WRITE_BINARY = 5 };

static inline int32_t semihost(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return (int32_t)r0;
}

/* A handle, or -1. */
static inline int32_t host_open(const char *path, uint32_t mode)
{
    uint32_t block[3] = {(uint32_t)(uintptr_t)path, mode, (uint32_t)strlen(path)};
    return semihost(SYS_OPEN, block);
}

/* Bytes read into `to`: fewer than `length` at the file's end. */
static inline uint32_t host_read(int32_t file, void *to, uint32_t length)
{
    uint32_t block[3] = {(uint32_t)file, (uint32_t)(uintptr_t)to, length};
    return length - (uint32_t)semihost(SYS_READ, block);
}

/* True if all `length` bytes were written. */
static inline int host_write(int32_t file, const void *from, uint32_t length)
{
    uint32_t block[3] = {(uint32_t)file, (uint32_t)(uintptr_t)from, length};
    return semihost(SYS_WRITE, block) == 0;
}

/* True if the file's position is `at` bytes from its start now. */
static inline int host_seek(int32_t file, uint32_t at)
{
    uint32_t block[2] = {(uint32_t)file, at};
    return semihost(SYS_SEEK, block) == 0;
}

static inline void host_close(int32_t file)
{
    uint32_t block[1] = {(uint32_t)file};
    semihost(SYS_CLOSE, block);
}

/* The arguments, separated by spaces, in `to`; empty if they do not fit. */
static inline void host_arguments(char *to, uint32_t capacity)
{
    uint32_t block[2] = {(uint32_t)(uintptr_t)to, capacity};
    if (semihost(SYS_GET_CMDLINE, block) != 0) to[0] = 0;
}

/*
 * Waits until the host's clock (SYS_TIME, whole seconds) has moved on by `seconds`. The emulator writes its flash image
 * behind the program's back and does not finish that when the program ends it: who wants the image read gives it time.
 */
static inline void host_rest(uint32_t seconds)
{
    uint32_t start = (uint32_t)semihost(SYS_TIME, 0);
    while ((uint32_t)semihost(SYS_TIME, 0) - start < seconds) {
    }
}

/* Ends the emulator with `code` as its exit status. Does not return. */
static inline void host_exit(uint32_t code)
{
    uint32_t block[2] = {0x20026, code};
    semihost(SYS_EXIT_EXTENDED, block);
    for (;;) {}
}

#endif

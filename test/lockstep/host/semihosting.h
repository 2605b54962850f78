/* The host's files for a program that runs on the host itself: what hal/devices/semihosting.h is on an emulated board. */
#ifndef SEMIHOSTING_H
#define SEMIHOSTING_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPEN_READ_BINARY, OPEN_WRITE_BINARY };

/* Two files at most are open. */
static FILE *host_files[2];
static int host_count;
static const char *host_words = "";

static inline int32_t host_open(const char *path, uint32_t mode)
{
    host_files[host_count] = fopen(path, mode == OPEN_READ_BINARY ? "rb" : "wb");
    return host_files[host_count] ? host_count++ : -1;
}

static inline uint32_t host_read(int32_t file, void *to, uint32_t length) { return (uint32_t)fread(to, 1, length, host_files[file]); }
static inline int host_write(int32_t file, const void *from, uint32_t length) { return fwrite(from, 1, length, host_files[file]) == length; }
static inline void host_close(int32_t file) { fclose(host_files[file]); }
static inline void host_arguments(char *to, uint32_t capacity) { snprintf(to, capacity, "%s", host_words); }
static inline void host_rest(uint32_t seconds) { (void)seconds; }
static inline void host_exit(uint32_t code) { exit((int)code); }

#endif

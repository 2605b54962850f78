/*
 * For programs that run in the product's place under an emulator and read and write files of the host: the benches, the heap
 * gauge, the lockstep image. Each ends with status 0, or with the number of the step that failed; the first step is the same.
 */
#ifndef HOST_PROGRAM_H
#define HOST_PROGRAM_H

#include "semihosting.h"
#include <stddef.h>

enum { FAILED_ARGUMENTS = 2 };

static inline void require(int condition, uint32_t step) { if (!condition) host_exit(step); }

/* The word after `word`; both end in a zero byte afterwards. */
static inline char *next_word(char *word)
{
    char *space = strchr(word, ' ');
    require(space != NULL, FAILED_ARGUMENTS);
    *space = 0;
    return space + 1;
}

/* The word after the program's name. */
static inline char *first_argument(void)
{
    static char arguments[512];
    host_arguments(arguments, sizeof arguments);
    return next_word(arguments);
}

#endif

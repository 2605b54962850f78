/* The JavaScript that lies in flash: the generated table of the runtime's files, minified. */
#ifndef SOURCES_H
#define SOURCES_H

#include <stdint.h>

struct cold_source {
    const char *name; /* the file's name without .ts; NULL ends the table */
    const char *text;
    uint32_t length;
};

/* "counter-names" is text: groups with ; between them, each "group:name name ..." (firmware/core/counter-names.ts). */
#define COUNTER_NAMES "counter-names"

/* "messages" is text: lines of "code|sentence" (firmware/api/messages.ts). */
#define MESSAGES "messages"

/* "boot" is run once and stays; every other source is compiled when it is used and forgotten afterwards. */
extern const struct cold_source cold_sources[];

#endif

/*
 * What the engine and the C library ask of their surroundings, where the engine runs without the product: in the bench image and in
 * the heap gauge (tools/size/native). The heap lies in the module's external memory, which the product does not use.
 */
#ifndef SURROUNDINGS_H
#define SURROUNDINGS_H

#include <stdint.h>

/* External RAM of the module (64 MB of DDR): first a script, then the heap. */
#define EXTERNAL_RAM ((uint8_t *)0xa0000000)
#define SCRIPT_MAX 0x100000u
#define HEAP_MAX 0x1000000u

#endif

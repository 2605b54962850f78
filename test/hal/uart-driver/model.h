/*
 * A UART seen from the processor's bus, as little of it as its driver touches; main.c has one of them linked in. Each is
 * written from its manual; where an emulator does otherwise (it holds the sender back instead of losing bytes, and some
 * lines of theirs stay up), `is_emulated` says which of the two is meant. The driver itself is compiled as it is.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stdint.h>

/* ---- the model's ---- */

/* Where its registers begin, and how many received bytes it holds. */
extern const uint32_t model_base;
extern const unsigned model_depth;
void model_reset(void);
/* One register, by its offset. Reading has the effects that it has on the device. */
uint32_t model_read(uint32_t at);
void model_write(uint32_t at, uint32_t value);
/* A byte has come. False: it, or the one whose place it takes, is lost. */
bool model_receive(uint8_t byte);
/* Would the emulator hand over the next byte? */
bool model_accepts(void);
/* Is the interrupt line up? */
bool model_line(void);
/* Time passes: called before every access, and while the processor has nothing to do. */
void model_tick(void);

/* ---- main.c's ---- */

extern bool is_emulated;
/* The device sends a byte; it is not ready for the next one for SENDING_TICKS. */
void world_sends(uint8_t byte);
/* A byte went by an access whose maker could not know of it. */
void world_loses(void);
/* The driver did what it must not: says so and ends the program. */
void world_fails(const char *what) __attribute__((noreturn));

#define SENDING_TICKS 40

#endif

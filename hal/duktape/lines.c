/*
 * On which line of an app something was thrown, for the heap's sake without tables of lines: the engine's own would cost each app 8 % of
 * its heap, and each compilation twice the room for instructions.
 *
 * What throws leaves the sum of its function's instructions and constants, and how many instructions came before. If nobody
 * catches it, the app's text, which is kept anyway, is compiled once more (engine.c): the function with the same sum is the
 * same function, and the compiler knows on which line it is at that instruction. The app pays nothing until it fails. Where
 * its text is not kept (a typed line), where the heap has no room for a compilation, or where two functions are alike, no line is told.
 */
#include "lines.h"
#include <stdbool.h>
#include <stdint.h>

enum { LINE_AMBIGUOUS = 0xffff };

static uint32_t thrown_sum;
static uint16_t thrown_pc, line;
static bool is_rethrown;
unsigned short engine_sought_pc;

void engine_thrown(unsigned sum, unsigned pc)
{
    if (!is_rethrown) thrown_sum = sum, thrown_pc = (uint16_t)(pc + 1);
    is_rethrown = false;
}

void lines_rethrow(void) { is_rethrown = true; }

void lines_seek(void)
{
    line = 0;
    engine_sought_pc = thrown_pc;
}

void engine_compiled(unsigned sum, unsigned at)
{
    if (sum == thrown_sum) line = line == 0 || line == at ? (uint16_t)at : LINE_AMBIGUOUS;
}

unsigned lines_found(void)
{
    engine_sought_pc = 0;
    return line == LINE_AMBIGUOUS ? 0 : line;
}

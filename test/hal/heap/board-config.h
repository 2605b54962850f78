/* The one figure that hal/duktape/heap.c takes from a board, for the fuzz program beside this file. */
#define BOARD_RAM_ENGINE_HEAP_BYTES 20480

/* Stack and entry for the emulator's mps2-an385, which has RAM wherever the C library's start-up wants it. */
void _start(void);
__attribute__((section(".vectors"), used)) static void *const vectors[2] = {(void *)0x20400000, (void *)_start};

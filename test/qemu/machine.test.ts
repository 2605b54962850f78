/** A board whose machine this release of QEMU does not have. */
import test from "ava";
import { loadBoard } from "../../tools/board-file";
import { Session } from "../../tools/qemu/session";

test("a machine that this QEMU lacks is told in a sentence", async (t) => {
  const board = { ...loadBoard("stm32f405"), machine: "a-machine-of-tomorrow" };
  await t.throwsAsync(Session.boot({ board, image: "none.elf" }), { message: "this release of QEMU lacks the board's machine, which a newer one may have; it ended before the board could show its prompt" });
});
